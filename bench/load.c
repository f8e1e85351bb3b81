/*
 * The load generator: one thread, epoll, N sessions, prints what it measured as one JSON object.
 *
 *   load --ports 12000,12001 --sessions 50 --depth 100 --message iamat --clients 100000 --fill 1 --warm 1 --seconds 2
 *
 * A session writes `depth` requests in one write and waits until all of their replies are in before the next ones
 * (depth 1 is ping-pong), so every contestant sees the same bytes in the same pieces. Each request is a line of a
 * template that stands in the session's buffer already; only its digits are patched. Times rise from request to
 * request, so that each IAMAT is news; clients come in an order that is another one in every pass over them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PORTS 64
#define MAX_LINE 512
#define READ_BYTES (256 * 1024)
#define EVENTS 512
/* The fill goes through few sessions, however many there are, so that the others need no large buffers. */
#define FILL_SESSIONS 50
#define FILL_DEPTH 100
/* How long replies that are still due at the end are waited for. */
#define DRAIN_SECONDS 10
#define SECOND 1000000000ull

static void die(const char *what) {
  if (errno != 0) fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  else fprintf(stderr, "load: %s\n", what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What the process has used, all its threads together: fields 14 and 15, in ticks, behind a name in brackets. */
static double cpu_seconds_of(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) die(path);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  char *rest = strrchr(text, ')');
  unsigned long user = 0, system = 0;
  if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    die(path);
  return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

/* ------------------------------------------------------------------------------------------------- options */

static struct {
  int ports[MAX_PORTS];
  int port_count;
  /* Processes whose use of the processor is measured too. */
  int pids[MAX_PORTS];
  int pid_count;
  int sessions;
  int depth;
  const char *message;
  long clients;
  int id_bytes;
  int fill;
  double warm;
  double seconds;
  double rate;
  double timeout;
  const char *radius;
  const char *bound;
} options = {
    .sessions = 1,
    .depth = 1,
    .message = "iamat",
    .clients = 1,
    .id_bytes = 20,
    .warm = 0.5,
    .seconds = 1,
    .timeout = 120,
    .radius = "10",
    .bound = "5",
};

static int read_numbers(char *list, int *numbers) {
  int count = 0;
  for (char *number = strtok(list, ","); number != NULL; number = strtok(NULL, ",")) {
    if (count == MAX_PORTS) die("too many ports or processes");
    numbers[count++] = atoi(number);
  }
  return count;
}

static void read_options(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i];
    char *value = argv[i + 1];
    if (strcmp(name, "--ports") == 0) options.port_count = read_numbers(value, options.ports);
    else if (strcmp(name, "--watch") == 0) options.pid_count = read_numbers(value, options.pids);
    else if (strcmp(name, "--sessions") == 0) options.sessions = atoi(value);
    else if (strcmp(name, "--depth") == 0) options.depth = atoi(value);
    else if (strcmp(name, "--message") == 0) options.message = value;
    else if (strcmp(name, "--clients") == 0) options.clients = atol(value);
    else if (strcmp(name, "--id-bytes") == 0) options.id_bytes = atoi(value);
    else if (strcmp(name, "--fill") == 0) options.fill = atoi(value);
    else if (strcmp(name, "--warm") == 0) options.warm = atof(value);
    else if (strcmp(name, "--seconds") == 0) options.seconds = atof(value);
    else if (strcmp(name, "--rate") == 0) options.rate = atof(value);
    else if (strcmp(name, "--timeout") == 0) options.timeout = atof(value);
    else if (strcmp(name, "--radius") == 0) options.radius = value;
    else if (strcmp(name, "--bound") == 0) options.bound = value;
    else fprintf(stderr, "load: unknown option %s\n", name), exit(2);
  }
  if (options.port_count == 0 || options.sessions < 1 || options.depth < 1 || options.clients < 1 ||
      options.clients > 100000000 || options.id_bytes < 9 || options.id_bytes > 200) {
    fprintf(stderr, "load: --ports is missing, or a number is out of range\n");
    exit(2);
  }
  if (options.rate > 0 && options.depth != 1) die("--rate needs --depth 1");
}

/* ----------------------------------------------------------------------------------------------- templates */

/* How a reply ends: with a newline, with an empty line, or after as many bytes as the request had. */
enum ending { BY_LINE, BY_EMPTY_LINE, BY_BYTES };

struct template {
  char text[MAX_LINE];
  int length;
  /* Where the digits begin that are patched; -1 where there are none. */
  int id, latitude, longitude, time;
  enum ending ending;
  /* The first byte of a good reply. */
  char first;
  /* The reply's end equals the request's from this byte on; -1 where it does not. */
  int same_from;
};

static char digits4[10000][4];

static const char *id_prefix(void) {
  static char prefix[256];
  const char *name = "kiwi.cs.ucla.edu-";
  for (int i = 0; i < options.id_bytes - 8; i++) prefix[i] = name[i % 17];
  prefix[options.id_bytes - 8] = 0;
  return prefix;
}

static struct template make_template(const char *message) {
  struct template t = {.id = -1, .latitude = -1, .longitude = -1, .time = -1, .same_from = -1};
  const char *prefix = id_prefix();
  int id = options.id_bytes;
  if (strcmp(message, "iamat") == 0 || strcmp(message, "echo") == 0) {
    t.length = sprintf(t.text, "IAMAT %s00000000 +34.000000-118.400000 1000000000.000000000\n", prefix);
    t.id = 6 + id - 8;
    t.latitude = 6 + id + 1 + 5;
    t.longitude = 6 + id + 1 + 10 + 6;
    t.time = 6 + id + 1 + 21 + 1;
    int echo = message[0] == 'e';
    t.ending = echo ? BY_BYTES : BY_LINE;
    t.first = echo ? 'I' : 'A';
    t.same_from = echo ? 0 : 6;
  } else if (strcmp(message, "whatsat") == 0) {
    t.length = sprintf(t.text, "WHATSAT %s00000000 %s %s\n", prefix, options.radius, options.bound);
    t.id = 8 + id - 8;
    t.ending = BY_EMPTY_LINE;
    t.first = 'A';
  } else if (strcmp(message, "geoadd") == 0) {
    t.length = sprintf(t.text,
                       "*5\r\n$6\r\nGEOADD\r\n$4\r\nherd\r\n$11\r\n-118.400000\r\n$9\r\n34.000000\r\n$%d\r\n%s00000000\r\n",
                       id, prefix);
    t.longitude = strstr(t.text, "-118.4") - t.text + 6;
    t.latitude = strstr(t.text, "34.0") - t.text + 4;
    t.id = t.length - 10;
    t.first = ':';
  } else if (strcmp(message, "set") == 0) {
    t.length = sprintf(t.text,
                       "*3\r\n$3\r\nSET\r\n$%d\r\n%s00000000\r\n$42\r\n+34.000000-118.400000 1000000000.000000000\r\n",
                       id, prefix);
    t.id = strstr(t.text, "00000000\r\n$42") - t.text;
    t.latitude = strstr(t.text, "+34.0") - t.text + 5;
    t.longitude = strstr(t.text, "-118.4") - t.text + 6;
    t.time = t.length - 22;
    t.first = '+';
  } else {
    fprintf(stderr, "load: --message is iamat, whatsat, echo, geoadd or set\n");
    exit(2);
  }
  return t;
}

static long client, client_step, client_in_pass;
static unsigned latitude, longitude;
static char second_text[11];
static uint64_t second;
/* The time of a request, in steps of 100 ns: slower than real time at any rate that one thread reaches. */
static unsigned tick;

static long gcd(long a, long b) { return b == 0 ? a : gcd(b, a % b); }

static void next_pass(void) {
  client_in_pass = 0;
  if (options.clients < 3) {
    client_step = options.clients - 1;
    return;
  }
  do client_step = 1 + random() % (options.clients - 1);
  while (gcd(client_step, options.clients) != 1);
}

static void set_second(uint64_t to) {
  second = to;
  snprintf(second_text, sizeof second_text, "%010llu", (unsigned long long)to);
}

static void prepare_patches(void) {
  for (int i = 0; i < 10000; i++) {
    char text[8];
    snprintf(text, sizeof text, "%04d", i);
    memcpy(digits4[i], text, 4);
  }
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  set_second((uint64_t)t.tv_sec);
  tick = (unsigned)(t.tv_nsec / 100);
  srandom((unsigned)t.tv_nsec);
  next_pass();
}

/* Makes the line at `line` the next request: the next client, somewhere else, a little later. */
static void patch(const struct template *t, char *line) {
  if (++client_in_pass > options.clients) next_pass(), client_in_pass = 1;
  client += client_step;
  if (client >= options.clients) client -= options.clients;
  memcpy(line + t->id, digits4[client / 10000], 4);
  memcpy(line + t->id + 4, digits4[client % 10000], 4);
  if (t->latitude >= 0) {
    latitude = (latitude + 7919) % 10000;
    longitude = (longitude + 4801) % 10000;
    memcpy(line + t->latitude, digits4[latitude], 4);
    memcpy(line + t->longitude, digits4[longitude], 4);
  }
  if (t->time >= 0) {
    if (++tick >= 10000000) tick = 0, set_second(second + 1);
    memcpy(line + t->time, second_text, 10);
    memcpy(line + t->time + 11, digits4[tick / 10000] + 1, 3);
    memcpy(line + t->time + 14, digits4[tick % 10000], 4);
  }
}

/* ----------------------------------------------------------------------------------------------- histogram */

/* Log-linear: 64 buckets for each doubling, so a value is off by 1.6 % at most. */
#define SUB_BITS 6
#define BUCKETS (64 << SUB_BITS)
static uint64_t histogram[BUCKETS];
static uint64_t recorded, longest;

static void record(uint64_t ns) {
  int shift = ns < (1 << SUB_BITS) ? 0 : 63 - __builtin_clzll(ns) - SUB_BITS;
  histogram[((uint64_t)shift << SUB_BITS) + (ns >> shift)]++;
  recorded++;
  if (ns > longest) longest = ns;
}

static double percentile_us(double share) {
  uint64_t wanted = (uint64_t)(share * recorded);
  uint64_t seen = 0;
  for (int i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (seen <= wanted) continue;
    int shift = i < (2 << SUB_BITS) ? 0 : (i >> SUB_BITS) - 1;
    uint64_t low = shift == 0 ? (uint64_t)i : (uint64_t)(i - (shift << SUB_BITS)) << shift;
    return (low + (1ull << shift) / 2) / 1e3;
  }
  return longest / 1e3;
}

/* ------------------------------------------------------------------------------------------------ sessions */

struct session {
  int fd;
  /* The batch: its requests one behind the other, and how much of it has been written. */
  char *lines;
  int bytes, written;
  int owed;
  int owed_bytes;
  int in_reply, refused, after_lf;
  uint64_t sent_ns;
  uint64_t replies;
};

static enum { FILLING, WARMING, MEASURING, DRAINING } phase;
static struct template current;
static struct session *sessions;
static int epoll;
static long left_to_fill;
static uint64_t replies, total_replies, requests, errors, bytes_in, bytes_out;
static long owed_in_all;
static struct session **idle;
static int idle_count;

static void watch(struct session *s, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = s};
  if (epoll_ctl(epoll, operation, s->fd, &event) < 0) die("epoll_ctl");
}

static void open_session(struct session *s, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (s->fd < 0) die("socket (see ulimit -n)");
  if (connect(s->fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  int on = 1;
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(s->fd, F_SETFL, O_NONBLOCK);
  watch(s, EPOLL_CTL_ADD, EPOLLIN);
}

static void lay_templates(struct session *s, int lines) {
  free(s->lines);
  s->lines = malloc((size_t)lines * current.length);
  if (s->lines == NULL) die("memory");
  for (int i = 0; i < lines; i++) memcpy(s->lines + i * current.length, current.text, current.length);
}

static void write_on(struct session *s) {
  ssize_t count = write(s->fd, s->lines + s->written, s->bytes - s->written);
  if (count < 0 && errno != EAGAIN) die("write");
  if (count > 0) s->written += count, bytes_out += count;
  if (s->written < s->bytes) watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void send_batch(struct session *s, int count) {
  for (int i = 0; i < count; i++) patch(&current, s->lines + i * current.length);
  s->bytes = count * current.length;
  s->written = 0;
  s->owed = count;
  s->owed_bytes = s->bytes;
  owed_in_all += count;
  requests += count;
  s->sent_ns = now_ns();
  write_on(s);
}

static void next_batch(struct session *s) {
  if (phase == DRAINING) return;
  if (phase == FILLING) {
    int count = left_to_fill < FILL_DEPTH ? (int)left_to_fill : FILL_DEPTH;
    left_to_fill -= count;
    if (count > 0) send_batch(s, count);
  } else if (options.rate > 0) {
    idle[idle_count++] = s;
  } else {
    send_batch(s, options.depth);
  }
}

static void count_reply(struct session *s) {
  s->owed--;
  owed_in_all--;
  total_replies++;
  if (phase == MEASURING) replies++, s->replies++;
  if (s->owed < 0) errors++;
}

/* Replies that are a line each. */
static void take_lines(struct session *s, const char *p, const char *end) {
  while (p < end) {
    if (!s->in_reply && *p != current.first) errors++;
    const char *lf = memchr(p, '\n', end - p);
    s->in_reply = lf == NULL;
    if (lf == NULL) return;
    count_reply(s);
    p = lf + 1;
  }
}

/* Replies that end with an empty line; a refusal is one line. */
static void take_paragraphs(struct session *s, const char *p, const char *end) {
  while (p < end) {
    if (!s->in_reply) {
      s->in_reply = 1;
      s->refused = *p != current.first;
      if (s->refused) errors++;
    }
    if (s->after_lf && *p == '\n') {
      s->in_reply = s->after_lf = 0;
      count_reply(s);
      p++;
      continue;
    }
    s->after_lf = 0;
    const char *lf = memchr(p, '\n', end - p);
    if (lf == NULL) return;
    s->after_lf = !s->refused;
    if (s->refused) s->in_reply = 0, count_reply(s);
    p = lf + 1;
  }
}

static void take_bytes(struct session *s, long count) {
  long before = (s->owed_bytes + current.length - 1) / current.length;
  s->owed_bytes -= count;
  if (s->owed_bytes < 0) die("more came back than was sent");
  long after = (s->owed_bytes + current.length - 1) / current.length;
  for (long i = after; i < before; i++) count_reply(s);
}

/* The end of a batch's last reply must be the end of its last request. */
static void check_end(struct session *s, const char *end, long available) {
  int same = current.length - current.same_from;
  if (current.same_from < 0 || available < same) return;
  if (memcmp(end - same, s->lines + s->bytes - same, same) != 0) errors++;
}

static void read_replies(struct session *s) {
  static char buffer[READ_BYTES];
  ssize_t count = read(s->fd, buffer, sizeof buffer);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) die("read");
  if (count == 0) errno = 0, die("the server closed a session");
  bytes_in += count;
  if (current.ending == BY_LINE) take_lines(s, buffer, buffer + count);
  else if (current.ending == BY_EMPTY_LINE) take_paragraphs(s, buffer, buffer + count);
  else take_bytes(s, count);
  if (s->owed > 0) return;
  if (phase != FILLING) check_end(s, buffer + count, count);
  if (phase == MEASURING || phase == DRAINING) record(now_ns() - s->sent_ns);
  next_batch(s);
}

/* ---------------------------------------------------------------------------------------------- the phases */

static uint64_t give_up_ns;
static double paced;

/* With --rate: sends what has become due since the last look, on sessions that wait for nothing. */
static void send_due(uint64_t elapsed_ns) {
  paced += options.rate * elapsed_ns / 1e9;
  if (paced > options.rate / 10) paced = options.rate / 10; /* what could not be sent in 0.1 s is let go */
  while (paced >= 1 && idle_count > 0) {
    /* The one that has waited longest, so that all of them get their turn. */
    struct session *s = idle[0];
    memmove(idle, idle + 1, (size_t)--idle_count * sizeof *idle);
    send_batch(s, 1);
    paced -= 1;
  }
}

/* Serves sessions until `end_ns`, or until nothing is owed where that is 0. */
static void run_until(uint64_t end_ns) {
  static struct epoll_event events[EVENTS];
  uint64_t last = now_ns();
  while (end_ns != 0 ? last < end_ns : owed_in_all > 0) {
    int paces = options.rate > 0 && end_ns != 0;
    int count = epoll_wait(epoll, events, EVENTS, paces ? 1 : 100);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      struct session *s = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) {
        watch(s, EPOLL_CTL_MOD, EPOLLIN);
        write_on(s);
      }
      if (events[i].events & ~EPOLLOUT) read_replies(s);
    }
    uint64_t now = now_ns();
    if (paces) send_due(now - last);
    last = now;
    if (now > give_up_ns) errno = 0, die("gave up: it took too long");
  }
}

/*
 * One request on each session, so that all of them have been accepted when the load begins: what a busy server does
 * with new connections is another matter than how evenly it serves those it has.
 */
static void greet(void) {
  phase = FILLING;
  for (int i = 0; i < options.sessions; i++) lay_templates(&sessions[i], 1), send_batch(&sessions[i], 1);
  run_until(0);
}

/* Sends one report of each client. Its rate, or 0 where there is no fill. */
static double fill(void) {
  if (!options.fill) return 0;
  left_to_fill = options.clients;
  uint64_t start = now_ns();
  int count = options.sessions < FILL_SESSIONS ? options.sessions : FILL_SESSIONS;
  for (int i = 0; i < count; i++) lay_templates(&sessions[i], FILL_DEPTH), next_batch(&sessions[i]);
  run_until(0);
  return options.clients * 1e9 / (now_ns() - start);
}

static double watched_cpu_seconds(void) {
  double sum = 0;
  for (int i = 0; i < options.pid_count; i++) sum += cpu_seconds_of(options.pids[i]);
  return sum;
}

static void print_result(double fill_rate, double seconds, double cpu, double watched) {
  uint64_t fewest = UINT64_MAX, most = 0;
  for (int i = 0; i < options.sessions; i++) {
    if (sessions[i].replies < fewest) fewest = sessions[i].replies;
    if (sessions[i].replies > most) most = sessions[i].replies;
  }
  printf("{\"replies\":%llu,\"seconds\":%.6f,\"rate\":%.1f,\"errors\":%llu,", (unsigned long long)replies, seconds,
         seconds > 0 ? replies / seconds : 0, (unsigned long long)errors);
  printf("\"latencyUs\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f},", percentile_us(0.5),
         percentile_us(0.99), percentile_us(0.999), longest / 1e3);
  printf("\"fewest\":%llu,\"most\":%llu,\"cpuSeconds\":%.4f,\"fillRate\":%.1f,", (unsigned long long)fewest,
         (unsigned long long)most, cpu, fill_rate);
  printf("\"serversCpuSeconds\":%.2f,", watched);
  printf("\"totalReplies\":%llu,\"bytesIn\":%llu,\"bytesOut\":%llu}\n", (unsigned long long)total_replies,
         (unsigned long long)bytes_in, (unsigned long long)bytes_out);
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  give_up_ns = now_ns() + (uint64_t)(options.timeout * SECOND);
  prepare_patches();
  epoll = epoll_create1(0);
  sessions = calloc(options.sessions, sizeof *sessions);
  idle = calloc(options.sessions, sizeof *idle);
  if (sessions == NULL || idle == NULL) die("memory");
  for (int i = 0; i < options.sessions; i++) open_session(&sessions[i], options.ports[i % options.port_count]);

  /* Places are asked for about clients that were reported before. */
  current = make_template(strcmp(options.message, "whatsat") == 0 ? "iamat" : options.message);
  greet();
  double fill_rate = fill();
  phase = WARMING;
  current = make_template(options.message);
  double seconds = 0, cpu = 0, watched = 0;
  if (options.seconds > 0) {
    for (int i = 0; i < options.sessions; i++) lay_templates(&sessions[i], options.depth), next_batch(&sessions[i]);
    run_until(now_ns() + (uint64_t)(options.warm * SECOND));
    phase = MEASURING;
    uint64_t start = now_ns();
    double cpu_before = cpu_seconds(), watched_before = watched_cpu_seconds();
    run_until(start + (uint64_t)(options.seconds * SECOND));
    seconds = (now_ns() - start) / 1e9;
    cpu = cpu_seconds() - cpu_before;
    watched = watched_cpu_seconds() - watched_before;
  }
  phase = DRAINING;
  give_up_ns = now_ns() + DRAIN_SECONDS * SECOND;
  run_until(0);
  print_result(fill_rate, seconds, cpu, watched);
  return 0;
}
