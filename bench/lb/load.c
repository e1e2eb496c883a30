/* The load generator and the server of the balancer's benchmark: one thread, epoll, no allocation while it measures.
 * Several source addresses (127.1.0.x) keep it from running out of ports. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 40000
#define BLOCK (256 * 1024)
#define WINDOW 0.25
static char block[BLOCK];
static const char REQUEST[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static int epfd;
static int64_t remaining[MOST];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int fd, int op, uint32_t events) {
    struct epoll_event e = {.events = events, .data.fd = fd};
    if (epoll_ctl(epfd, op, fd, &e) < 0) die("epoll_ctl");
}

static struct sockaddr_in address(const char *host, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &a.sin_addr);
    return a;
}

/* Answers requests that begin with G, sends as many megabytes as asked by "B<n>\n". */
static void serve(int count, char **ports) {
    int one = 1;
    static char listening[MOST];
    for (int i = 0; i < count; i++) {
        int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in a = address("127.0.0.1", atoi(ports[i]));
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (bind(s, (void *)&a, sizeof a) < 0 || listen(s, 16384) < 0) die("listen");
        listening[s] = 1;
        watch(s, EPOLL_CTL_ADD, EPOLLIN);
    }
    puts("ready");
    fflush(stdout);
    struct epoll_event events[512];
    for (;;) {
        int n = epoll_wait(epfd, events, 512, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (listening[fd]) {
                for (int k = 0; k < 64; k++) {
                    int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
                    if (c < 0) break;
                    remaining[c] = 0;
                    watch(c, EPOLL_CTL_ADD, EPOLLIN);
                }
                continue;
            }
            if (remaining[fd] > 0) {
                ssize_t w = 0;
                for (int k = 0; k < 8 && remaining[fd] > 0; k++) {
                    w = write(fd, block, remaining[fd] < BLOCK ? remaining[fd] : BLOCK);
                    if (w <= 0) break;
                    remaining[fd] -= w;
                }
                if (w < 0 && errno != EAGAIN) { close(fd); continue; }
                if (remaining[fd] == 0) watch(fd, EPOLL_CTL_MOD, EPOLLIN);
                continue;
            }
            char in[4096];
            ssize_t r = read(fd, in, sizeof in - 1);
            if (r <= 0) { if (r == 0 || errno != EAGAIN) close(fd); continue; }
            if (in[0] == 'B') {
                in[r] = 0;
                remaining[fd] = atoll(in + 1) << 20;
                watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
            } else if (write(fd, ANSWER, sizeof ANSWER - 1) < 0) {
                close(fd);
            }
        }
    }
}

static struct sockaddr_in target;
static int sources = 8;

static int dial(int i) {
    int one = 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (s < 0) die("socket");
    char host[32];
    snprintf(host, sizeof host, "127.1.0.%d", 1 + i % sources);
    struct sockaddr_in from = address(host, 0);
    setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(s, (void *)&from, sizeof from) < 0) die("bind");
    if (connect(s, (void *)&target, sizeof target) < 0 && errno != EINPROGRESS) die("connect");
    return s;
}

static int sends(int fd) { return write(fd, REQUEST, sizeof REQUEST - 1) == sizeof REQUEST - 1; }

/* N connections, c at a time: connect, one request, close. */
static void shorts(int total, int c) {
    static char sent[MOST];
    int started = 0, done = 0, failed = 0;
    double t0 = now();
    struct epoll_event events[512];
    char in[4096];
    for (; started < c && started < total; started++) { int s = dial(started); sent[s] = 0; watch(s, EPOLL_CTL_ADD, EPOLLOUT); }
    while (done < total) {
        int n = epoll_wait(epfd, events, 512, 10000);
        if (n <= 0) { fprintf(stderr, "stalled after %d\n", done); exit(1); }
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (!sent[fd]) {
                sent[fd] = 1;
                if (sends(fd)) { watch(fd, EPOLL_CTL_MOD, EPOLLIN); continue; }
                failed++;
            } else if (read(fd, in, sizeof in) <= 0) {
                failed++;
            }
            close(fd);
            done++;
            if (started < total) { int s = dial(started++); sent[s] = 0; watch(s, EPOLL_CTL_ADD, EPOLLOUT); }
        }
    }
    printf("{\"seconds\": %.6f, \"done\": %d, \"failed\": %d}\n", now() - t0, done, failed);
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* c connections, one request each; returns when all are answered. */
static void open_all(int c, int *fds) {
    char in[4096];
    for (int i = 0; i < c; i++) fds[i] = dial(i);
    for (int i = 0; i < c; i++) {
        fcntl(fds[i], F_SETFL, 0);
        struct timeval patience = {.tv_sec = 10};
        setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (!sends(fds[i]) || read(fds[i], in, sizeof in) <= 0) die("first request");
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
}

/* Requests over c kept connections for some seconds: as fast as answers come (rate 0), or at a fixed rate, the latency then
 * counted from when the request was due. Percentiles are of windows of a quarter of a second, and of those the median: one
 * stall of the machine delays hundreds of requests and would be the 99th percentile of a whole second. */
static void kept(int c, double rate, double seconds) {
    static int fds[MOST], idle[MOST];
    static double due[MOST];
    static float took[4000000];
    static int windows[1000];
    int n_idle = 0, samples = 0, n_windows = 0;
    open_all(c, fds);
    for (int i = 0; i < c; i++) { watch(fds[i], EPOLL_CTL_ADD, EPOLLIN); idle[n_idle++] = fds[i]; }
    struct epoll_event events[512];
    char in[4096];
    double start = now(), end = start + seconds, next = start;
    while (now() < end) {
        double t = now();
        if (t >= start + (n_windows + 1) * WINDOW && n_windows < 999) windows[n_windows++] = samples;
        while (n_idle > 0 && (rate == 0 || next <= t)) {
            int fd = idle[--n_idle];
            due[fd] = rate == 0 ? now() : next;
            if (!sends(fd)) die("request");
            if (rate > 0) next += 1 / rate;
        }
        /* The server shares this core: it must sleep between due times, to the microsecond. */
        double wait = rate == 0 || n_idle == 0 ? 1 : next - now();
        if (wait < 0) wait = 0;
        struct timespec until = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (time_t)wait) * 1e9)};
        int n = epoll_pwait2(epfd, events, 512, &until, NULL);
        t = now();
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            ssize_t r = read(fd, in, sizeof in);
            if (r <= 0) die("answer");
            if (samples < 4000000) took[samples++] = (float)((t - due[fd]) * 1e6);
            idle[n_idle++] = fd;
        }
    }
    double spent = now() - start;
    if (n_windows == 0) windows[n_windows++] = samples;
    static float p50[1000], p99[1000];
    int from = 0, whole = 0;
    for (int i = 0; i < n_windows; i++) {
        int n = windows[i] - from;
        if (n > 0) {
            qsort(took + from, n, sizeof *took, by_value);
            p50[whole] = took[from + n / 2];
            p99[whole++] = took[from + (int)(n * 0.99)];
        }
        from = windows[i];
    }
    if (whole == 0) die("no answers");
    qsort(p50, whole, sizeof *p50, by_value);
    qsort(p99, whole, sizeof *p99, by_value);
    printf("{\"seconds\": %.6f, \"done\": %d, \"p50\": %.1f, \"p99\": %.1f}\n", spent, samples, p50[whole / 2],
        p99[whole / 2]);
}

static void bulk(long megabytes, int streams) {
    static int fds[MOST];
    char ask[64];
    double t0 = now();
    for (int i = 0; i < streams; i++) {
        fds[i] = dial(i);
        watch(fds[i], EPOLL_CTL_ADD, EPOLLOUT);
    }
    int64_t left = (int64_t)streams * (megabytes << 20), got = left;
    static char asked[MOST];
    struct epoll_event events[64];
    while (left > 0) {
        int n = epoll_wait(epfd, events, 64, 10000);
        if (n <= 0) { fprintf(stderr, "stalled, %ld left\n", (long)left); exit(1); }
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (!asked[fd]) {
                asked[fd] = 1;
                int length = snprintf(ask, sizeof ask, "B%ld\n", megabytes);
                if (write(fd, ask, length) != length) die("ask");
                watch(fd, EPOLL_CTL_MOD, EPOLLIN);
                continue;
            }
            ssize_t r = read(fd, block, BLOCK);
            if (r <= 0) die("bulk");
            left -= r;
        }
    }
    printf("{\"seconds\": %.6f, \"bytes\": %ld}\n", now() - t0, (long)got);
}

/* Opens n, says so, holds them until its input ends. */
static void hold(int n) {
    static int fds[MOST];
    open_all(n, fds);
    puts("ready");
    fflush(stdout);
    while (read(0, block, 1) > 0) { }
}

/* All at once; until the last has its first byte. */
static void burst(int n) {
    static char sent[MOST];
    struct epoll_event events[512];
    char in[4096];
    int done = 0;
    double t0 = now();
    for (int i = 0; i < n; i++) watch(dial(i), EPOLL_CTL_ADD, EPOLLOUT);
    while (done < n) {
        int k = epoll_wait(epfd, events, 512, 10000);
        if (k <= 0) { fprintf(stderr, "stalled after %d\n", done); exit(1); }
        for (int i = 0; i < k; i++) {
            int fd = events[i].data.fd;
            if (!sent[fd]) {
                sent[fd] = 1;
                if (!sends(fd)) die("request");
                watch(fd, EPOLL_CTL_MOD, EPOLLIN);
            } else {
                if (read(fd, in, sizeof in) <= 0) die("answer");
                watch(fd, EPOLL_CTL_DEL, 0);
                done++;
            }
        }
    }
    printf("{\"seconds\": %.6f, \"done\": %d}\n", now() - t0, done);
}

int main(int argc, char **argv) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epfd = epoll_create1(0);
    prctl(PR_SET_TIMERSLACK, 1);
    if (argc > 2 && !strcmp(argv[1], "serve")) serve(argc - 2, argv + 2);
    if (argc < 4) { fprintf(stderr, "usage: load serve PORT... | MODE PORT ARGUMENT...\n"); return 2; }
    target = address("127.0.0.1", atoi(argv[2]));
    if (!strcmp(argv[1], "short")) shorts(atoi(argv[3]), atoi(argv[4]));
    else if (!strcmp(argv[1], "kept")) kept(atoi(argv[3]), atof(argv[4]), atof(argv[5]));
    else if (!strcmp(argv[1], "bulk")) bulk(atol(argv[3]), atoi(argv[4]));
    else if (!strcmp(argv[1], "hold")) hold(atoi(argv[3]));
    else if (!strcmp(argv[1], "burst")) burst(atoi(argv[3]));
    else return 2;
    return 0;
}
