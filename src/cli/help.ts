/** What `--help` prints. */
import { DEFAULT_LIMITS } from "../limits.ts";
import { VERSION } from "../version.ts";

export const MAIN_HELP = `herd ${VERSION}: a server herd for things that move

Phones, cars and trackers tell any server where they are; every server knows it a
moment later; anyone can ask any server what is near any of them.

  herd up                      start every server of topology.json, each its own process
  herd serve <server>          run one server
  herd send <server> ...       talk to a server: tell a location, or ask what is near
  herd users ...               say who may do what over HTTP
  herd top                     watch a running herd on a terminal
  herd demo                    a herd, and a city full of vehicles to look at

  herd <command> --help        all about one command
  herd --version

From a checkout: deno task herd, deno task serve <server>, deno task send <server> ...
On Node 24: npm run serve -- <server>
`;

const SERVE_HTTP = `  --http WHERE        a second door that speaks HTTP: HOST:PORT, a port, +N for every
                      server's port plus N, or none     (the topology's "http", or none)
`;

const UP_HTTP = `  --http WHERE        a second door that speaks HTTP: +N for every server's port plus N,
                      or none      (the topology's "http"; where it has none, +100)
`;

/** @param up whether for `up`, which gives its servers other defaults of two of them. */
const serverFlags = (up: boolean) =>
  `  --topology FILE     the herd: its servers and links        (topology.json)
  --places NAME       who answers what is near: embedded, google, google-new or
                      overpass     (google if there is a key, else embedded)
  --places-url BASE   asks this scheme and host in place of the service's own
  --places-file FILE  places for embedded: a GeoNames dump or GeoJSON points
  --log-dir DIR       folder of the log file, <server>.log; none for no file (log)
  --log-level LEVEL   what the console shows: debug, info, warn or error    (${up ? "warn" : "info"})
  --data-dir DIR      makes the server remember: its journal, DIR/<server>.journal;
                      none for a server that forgets                        (none)
  --fsync MODE        what a crash can lose of what was acknowledged    (interval)
                      always    nothing: a reply waits until the disk has its report
                      interval  of the machine: the last second; of the process: nothing
                      never     of the machine: what the system had not written yet,
                                often half a minute; of the process: nothing
  --secret-file FILE  the secret that links prove to share: one line, or two while
                      it is rotated, the one to use first
  --tls-cert FILE, --tls-key FILE
                      certificate and key in PEM: the port then speaks TLS alone
  --tls-ca FILE       certificates that those of neighbors must be signed by; needed
                      with the two above where there are links
${
    up
      ? UP_HTTP
      : SERVE_HTTP
  }  --users FILE        who may do what at that door (herd users --help); none for no
                      file. Needed where the door is on no loopback address  (none)
  --workers N         serves the port from N threads, on as many processors; a report
                      is seen on its own session at once, on others a moment later (1)
  --limit NAME=VALUE  sets a bound; may come several times
  --help, --version

Environment
  GOOGLE_PLACES_API_KEY   the key for google and google-new
  HERD_SECRET             the secret of the links, where no --secret-file is given

A flag beats the environment, which beats the topology's "settings".
`;

const LIMITS = Object.entries(DEFAULT_LIMITS).map(([name, value]) => `  ${name.padEnd(20)} ${value}\n`).join(
  "",
);

export const SERVE_HELP = `herd serve <server>: run one server of the herd

  herd serve Goloman
  GOOGLE_PLACES_API_KEY=... herd serve Hands --places google-new
  herd serve Welsh --places-file cities500.txt --log-dir /var/log/herd

It listens where the topology says, dials its neighbors until they answer, and
stops on SIGTERM or SIGINT once every reply that is due has been sent; a second
signal ends it at once. Exit code 2 means a mistake in flags or files.

A server marked "classic": true in the topology is another program's, which speaks
bare AT lines: it is dialed, and AT lines are taken from its address.

${serverFlags(false)}
Limits, and their defaults
${LIMITS}`;

export const UP_HELP = `herd up: start every server of the topology, each its own process

  herd up
  herd up --topology mine.json --places-file cities500.txt

Says what runs where and what to try. Servers marked classic are left to the
programs that run them. Ctrl-C stops them all. All flags but
--topology are handed to every server.

${serverFlags(true)}`;

export const SEND_HELP = `herd send <server> ...: talk to a server

  herd send Goloman iamat kiwi.cs.ucla.edu +34.068930-118.445127
  herd send Welsh whatsat kiwi.cs.ucla.edu 10 5
  echo 'WHATSAT kiwi.cs.ucla.edu 10 5' | herd send Hands

  iamat <client> <position> [time]      time in POSIX seconds; now, if left out
  whatsat <client> <radius> <bound>     radius in km, 0 to 50; at most 0 to 20 places

With neither, lines are read from standard input and sent as they are. Replies go
to standard output. Exit code 1 when a reply is an error line ("? ...").

  --topology FILE     the herd      (topology.json)
  --tls-ca FILE       speaks TLS; the server's certificate must be signed by one of
                      these, and be for its name or its host
  --help, --version
`;

export const USERS_HELP = `herd users: say who may do what at the HTTP door

  herd users add FILE NAME             adds a user, and prints the password, once
  herd users list FILE                 shows who stands in the file
  herd users remove FILE NAME

  herd users add users.txt deck
  herd users add users.txt board --rights read --password-stdin < password.txt
  herd serve Goloman --http 0.0.0.0:12100 --users users.txt

With add:
  --rights LIST       one or both, with a comma between               (write)
                      write  to tell where its own clients are: NAME, NAME/...
                      read   to ask where all clients are
  --friends LIST      clients that the apps of a user without read are told of, with
                      commas between; van stands for van/... too
  --password-stdin    takes the first line of standard input for the password, in
                      place of one that nobody can guess
  --help, --version

The file has one user a line, NAME RIGHTS HASH [friends=LIST], and comments (#). No
password stands in it, only what one is checked by. A new file is its owner's alone
to read. Servers that use it know of a change within 2 s; of a wrong file they say so
in the log, and go by what it said before. A pipe is read once, at the start.

Over HTTP a user sends name and password (Basic). A password that herd has made is a
token too, which is sent alone: Authorization: Bearer TOKEN, or ?token=TOKEN in the
URL for apps that take nothing but a URL; then it stands in the logs of proxies.

Writing takes a user wherever there is a users file. Reading takes one with read, but
for a door on a loopback address: there everybody on the machine may read. Without a
users file a door is on a loopback address, and everybody on the machine may do all.
`;

export const TOP_HELP = `herd top [URL | server]: how a running herd is

  herd top
  herd top Wilkes --once
  HERD_PASSWORD=... herd top https://herd.example:8443 --user ann

Asks the HTTP door of one server once a second, and shows all servers and links,
what they do, and the clients that have reported last. Without a URL or a server
it asks the first server of the topology that answers. q or Ctrl-C ends it.
Where the output is no terminal, it prints one table and ends.

  --once              prints one table and ends
  --topology FILE     the herd      (topology.json)
  --user NAME         who asks, with the password in HERD_PASSWORD
  --token TOKEN       the same by a token; or in HERD_TOKEN, which others cannot see
  --help, --version

Environment
  HERD_PASSWORD, HERD_TOKEN   see above
  DENO_CERT                   file of an authority to believe, for HTTPS; on Node it
                              is NODE_EXTRA_CA_CERTS
  NO_COLOR                    no colors
`;

export const DEMO_HELP = `herd demo: a herd, and a city full of vehicles to look at

  herd demo
  herd demo --vehicles 1000 --seed 7 --seconds 60

Starts every server of the topology on this machine, and buses, taxis, bikes and
people on foot who drive about a city made up where Los Angeles is. Each tells some
server every second or two where it is: buses and taxis over TCP, bikes and people on
foot over HTTP, as the apps OsmAnd, GPSLogger, OwnTracks and Overland do. Now and then
someone asks what is near another. Kill a server: its vehicles go on at the others, and
it comes back.
Where one of the topology's ports is taken it uses ports 1000, 2000, ... above. It
needs no network. Ctrl-C stops it all.

  --vehicles N        how many                                              (300)
  --seconds N         ends by itself; exit code 1 if anything went wrong on the way
  --seed N            the city and its traffic follow from it                 (1)
  --open              shows the page in the browser
  --topology FILE     the herd: its servers and links             (topology.json)
  --help, --version
`;
