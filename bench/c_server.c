/*
 * The reference: what one thread of C does with the IAMAT work of a herd server, on epoll.
 *
 * The same validation, reply and storage as herd's: one pass over the bytes, the whole AT line of a client's newest
 * report kept under the bytes of its id in a hash table of its own with a random key, the skew in whole nanoseconds,
 * one write for each read. It knows IAMAT alone, has no neighbors and writes no log.
 *
 *   c_server PORT NAME
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 4096
#define READ_BYTES 65536
#define UNREAD_BYTES 262144
#define FUTURE_SECONDS 86400
#define MAX_SECONDS 99999999999ll
#define EVENTS 512

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* ------------------------------------------------------------------------------------------------ registry */

struct entry {
  int64_t seconds;
  char *line; /* the AT line, with its LF */
  uint32_t nanos;
  uint16_t length, room, id_offset, id_length;
};

struct slot {
  uint32_t hash;
  uint32_t entry; /* its number + 1; 0 for none */
};

static uint32_t words[256];
static struct slot *table;
static uint32_t mask;
static struct entry *entries;
static uint32_t entry_count, entry_room;

static uint32_t mix(uint32_t hash, uint32_t word) {
  uint32_t h = (hash ^ word) * 0x5bd1e995u;
  return h ^ (h >> 15);
}

static uint32_t finish(uint32_t hash) {
  uint32_t h = (hash ^ (hash >> 13)) * 0x2c1b3c6du;
  return h ^ (h >> 16);
}

static void place(struct slot *in, uint32_t in_mask, struct slot what) {
  uint32_t at = what.hash & in_mask;
  while (in[at].entry != 0) at = (at + 1) & in_mask;
  in[at] = what;
}

static void grow_table(uint32_t size) {
  struct slot *grown = calloc(size, sizeof *grown);
  if (grown == NULL) die("memory");
  for (uint32_t i = 0; table != NULL && i <= mask; i++) {
    if (table[i].entry != 0) place(grown, size - 1, table[i]);
  }
  free(table);
  table = grown;
  mask = size - 1;
}

static struct entry *find(const char *id, int length, uint32_t hash) {
  for (uint32_t at = hash & mask; table[at].entry != 0; at = (at + 1) & mask) {
    struct entry *e = &entries[table[at].entry - 1];
    if (table[at].hash == hash && e->id_length == length && memcmp(e->line + e->id_offset, id, length) == 0) return e;
  }
  return NULL;
}

static struct entry *add(uint32_t hash) {
  if (entry_count >= mask * 0.6) grow_table(2 * (mask + 1));
  if (entry_count == entry_room) {
    entry_room = entry_room == 0 ? 1024 : 2 * entry_room;
    entries = realloc(entries, entry_room * sizeof *entries);
    if (entries == NULL) die("memory");
  }
  memset(&entries[entry_count], 0, sizeof *entries);
  place(table, mask, (struct slot){hash, ++entry_count});
  return &entries[entry_count - 1];
}

/* A report as it stands in the reply. */
struct report {
  const char *line;
  int length, id_offset, id_length;
  uint32_t hash;
  int64_t seconds;
  uint32_t nanos;
};

static void keep(struct entry *e, const struct report *r) {
  if (r->length > e->room) {
    e->room = (r->length + 15) & ~15;
    e->line = realloc(e->line, e->room);
    if (e->line == NULL) die("memory");
  }
  memcpy(e->line, r->line, r->length);
  e->length = r->length;
  e->id_offset = r->id_offset;
  e->id_length = r->id_length;
  e->seconds = r->seconds;
  e->nanos = r->nanos;
}

/* All reports are of one origin: at equal times the position decides, and of a repeated one the first stays. */
static int wins_tie(const struct entry *e, const struct report *r) {
  const char *held = e->line + e->id_offset + e->id_length + 1, *held_end = memchr(held, ' ', e->length);
  const char *given = r->line + r->id_offset + r->id_length + 1, *given_end = memchr(given, ' ', r->length);
  long a = held_end - held, b = given_end - given;
  int order = memcmp(given, held, a < b ? a : b);
  return order != 0 ? order < 0 : b < a;
}

static void offer(const struct report *r) {
  struct entry *e = find(r->line + r->id_offset, r->id_length, r->hash);
  if (e == NULL) keep(add(r->hash), r);
  else if (r->seconds > e->seconds || (r->seconds == e->seconds && r->nanos > e->nanos) ||
           (r->seconds == e->seconds && r->nanos == e->nanos && wins_tie(e, r)))
    keep(e, r);
}

/* ----------------------------------------------------------------------------------------- parse and reply */

static char out[2 * READ_BYTES + 4 * LINE_BYTES];
static int out_length;
static char prefix[128];
static int prefix_length;

static int is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n'); }
static int is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_blanks(const char *p) {
  while (is_blank(*p)) p++;
  return p;
}

static const char *scan_coordinate(const char *p, int limit) {
  if (*p != '+' && *p != '-') return NULL;
  const char *first = ++p;
  int whole = 0, fraction = 0;
  for (; is_digit(*p) && p - first < 4; p++) whole = whole * 10 + *p - '0';
  if (p == first || p - first > 3) return NULL;
  if (*p == '.') {
    const char *digits = ++p;
    for (; is_digit(*p); p++) fraction |= *p - '0';
    if (p == digits) return NULL;
  }
  return whole > limit || (whole == limit && fraction != 0) ? NULL : p;
}

static const char *scan_time(const char *p, int64_t *seconds, uint32_t *nanos) {
  const char *first = p;
  int64_t whole = 0;
  for (; is_digit(*p); p++) {
    whole = whole * 10 + *p - '0';
    if (whole > MAX_SECONDS) return NULL;
  }
  if (p == first) return NULL;
  uint32_t fraction = 0;
  if (*p == '.') {
    const char *digits = ++p;
    for (; is_digit(*p); p++) {
      if (p - digits == 9) return NULL;
      fraction = fraction * 10 + *p - '0';
    }
    if (p == digits) return NULL;
    for (long count = p - digits; count < 9; count++) fraction *= 10;
  }
  *seconds = whole;
  *nanos = fraction;
  return p;
}

static char *write_whole(char *to, int64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = '0' + value % 10, value /= 10;
  while (value > 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}

static char *write_skew(char *to, int64_t skew) {
  *to++ = skew < 0 ? '-' : '+';
  if (skew < 0) skew = -skew;
  to = write_whole(to, skew / 1000000000);
  *to++ = '.';
  uint32_t nanos = skew % 1000000000;
  for (int i = 8; i >= 0; i--) to[i] = '0' + nanos % 10, nanos /= 10;
  return to + 9;
}

/* Handles the line that begins at `start` if it is an IAMAT; its end, the LF, or NULL where it is none. */
static const char *take_iamat(const char *start, const char *end, struct timespec now) {
  const char *p = skip_blanks(start);
  if (memcmp(p, "IAMAT", 5) != 0 || !is_blank(p[5])) return NULL;
  const char *id = skip_blanks(p + 5);
  uint32_t hash = 0;
  for (p = id; *p != '\n' && !is_blank(*p); p++) hash = mix(hash, words[(unsigned char)*p]);
  const char *id_end = p;
  const char *position = skip_blanks(p);
  if (id_end == id || position == id_end || (p = scan_coordinate(position, 90)) == NULL ||
      (p = scan_coordinate(p, 180)) == NULL)
    return NULL;
  const char *position_end = p;
  const char *time = skip_blanks(p);
  struct report r;
  if (time == position_end || (p = scan_time(time, &r.seconds, &r.nanos)) == NULL) return NULL;
  const char *time_end = p;
  const char *lf = skip_blanks(p);
  if (*lf != '\n' || lf >= end || lf - start > LINE_BYTES) return NULL;
  int64_t ahead = r.seconds - now.tv_sec - FUTURE_SECONDS;
  if (ahead > 0 || (ahead == 0 && r.nanos > (uint32_t)now.tv_nsec)) return NULL;

  char *line = out + out_length, *to = line;
  memcpy(to, prefix, prefix_length);
  to = write_skew(to + prefix_length, (now.tv_sec - r.seconds) * 1000000000ll + now.tv_nsec - r.nanos);
  *to++ = ' ';
  r.id_offset = to - line;
  r.id_length = id_end - id;
  memcpy(to, id, r.id_length);
  to += r.id_length;
  *to++ = ' ';
  memcpy(to, position, position_end - position);
  to += position_end - position;
  *to++ = ' ';
  memcpy(to, time, time_end - time);
  to += time_end - time;
  *to++ = '\n';
  r.line = line;
  r.length = to - line;
  r.hash = finish(hash);
  out_length += r.length;
  offer(&r);
  return lf;
}

static void refuse(const char *start, const char *end) {
  if (end > start && end[-1] == '\r') end--;
  out[out_length++] = '?';
  out[out_length++] = ' ';
  memcpy(out + out_length, start, end - start);
  out_length += end - start;
  out[out_length++] = '\n';
}

/* ------------------------------------------------------------------------------------------------ sessions */

struct session {
  int fd;
  int dropping, ended;
  char *kept; /* an unfinished line */
  int kept_length;
  char *unsent;
  int unsent_length;
};

static int epoll;
static char work[LINE_BYTES + READ_BYTES + 16];

static void watch(struct session *s, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = s};
  if (epoll_ctl(epoll, operation, s->fd, &event) < 0) die("epoll_ctl");
}

static void close_session(struct session *s) {
  close(s->fd);
  free(s->kept);
  free(s->unsent);
  free(s);
}

/* Writes what is in `out`; what the socket does not take waits. False when the session is over. */
static int flush(struct session *s) {
  ssize_t count = 0;
  if (out_length == 0) return 1;
  if (s->unsent_length == 0) {
    count = write(s->fd, out, out_length);
    if (count < 0 && errno != EAGAIN) return close_session(s), 0;
    if (count < 0) count = 0;
  }
  int rest = out_length - count;
  if (rest > 0) {
    s->unsent = realloc(s->unsent, s->unsent_length + rest);
    if (s->unsent == NULL) die("memory");
    memcpy(s->unsent + s->unsent_length, out + count, rest);
    s->unsent_length += rest;
    watch(s, EPOLL_CTL_MOD, EPOLLOUT | (s->unsent_length < UNREAD_BYTES ? EPOLLIN : 0));
  }
  out_length = 0;
  return 1;
}

static int write_unsent(struct session *s) {
  ssize_t count = write(s->fd, s->unsent, s->unsent_length);
  if (count < 0 && errno != EAGAIN) return close_session(s), 0;
  if (count > 0) memmove(s->unsent, s->unsent + count, s->unsent_length -= count);
  if (s->unsent_length > 0) return 1;
  if (s->ended) return close_session(s), 0;
  watch(s, EPOLL_CTL_MOD, EPOLLIN);
  return 1;
}

static int keep_rest(struct session *s, const char *start, const char *end) {
  int length = end - start;
  if (length > LINE_BYTES + 1) {
    refuse(start, start + LINE_BYTES);
    s->dropping = 1;
    length = 0;
  }
  if (length > 0) {
    s->kept = realloc(s->kept, length);
    if (s->kept == NULL) die("memory");
    memcpy(s->kept, start, length);
  }
  s->kept_length = length;
  return flush(s);
}

/* Handles the lines of `work[0, length)`; `finished` when the peer has ended and an unfinished one counts. */
static int take(struct session *s, int length, int finished) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const char *p = work, *end = work + length;
  work[length] = '\n';
  if (s->dropping) {
    const char *lf = memchr(p, '\n', length);
    if (lf == NULL) return 1;
    s->dropping = 0;
    p = lf + 1;
  }
  const char *limit = finished ? end + 1 : end;
  while (p < end) {
    const char *lf = take_iamat(p, limit, now);
    if (lf == NULL) {
      lf = memchr(p, '\n', limit - p);
      if (lf == NULL) break;
      refuse(p, lf - p > LINE_BYTES ? p + LINE_BYTES : lf);
    }
    p = lf + 1;
    if (out_length > READ_BYTES && !flush(s)) return 0;
  }
  return keep_rest(s, p, p > end ? p : end);
}

static void read_session(struct session *s) {
  int kept = s->kept_length;
  memcpy(work, s->kept != NULL ? s->kept : work, kept);
  ssize_t count = read(s->fd, work + kept, READ_BYTES);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) return close_session(s);
  if (count > 0) return (void)take(s, kept + count, 0);
  s->ended = 1;
  if (kept > 0 && !take(s, kept, 1)) return;
  if (s->unsent_length == 0) close_session(s);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL) die("memory");
    s->fd = fd;
    watch(s, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static int listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(fd, 1024) < 0) die("listen");
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: c_server PORT NAME\n");
    return 2;
  }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  if (getrandom(words, sizeof words, 0) != sizeof words) die("getrandom");
  grow_table(1024);
  prefix_length = snprintf(prefix, sizeof prefix, "AT %s ", argv[2]);
  int listener = listen_on(atoi(argv[1]));
  epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct session *s = events[i].data.ptr;
      if (s == NULL) accept_all(listener);
      else if ((events[i].events & EPOLLOUT) && !write_unsent(s)) continue;
      else if (events[i].events & ~EPOLLOUT) read_session(s);
    }
  }
}
