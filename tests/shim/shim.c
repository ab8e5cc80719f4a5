/* Stands between a program and the C library (LD_PRELOAD), for tests on Linux.
 *
 * HIRELINE_SHIM_FILES  the ledger's path: it and the files whose names begin with its name are watched (but -shm, locks and leases,
 *                      which nobody needs after a crash), and the syncs of its folder
 * HIRELINE_SHIM_LOG    a file in which is kept, in order: what is written to those files, when each was synced, what leaves by a socket,
 *                      what is printed. A sync is noted after it has ended, everything that leaves before it leaves: so where a sync
 *                      stands before a request in the log, it was over before the request left
 * HIRELINE_SHIM_KILL   MOMENT:N, when this process is to kill itself: before-send, after-send (the Nth writing request),
 *                      before-sync, after-sync (the Nth sync of the ledger), mid-write (in the Nth write to it, half of it done)
 * HIRELINE_SHIM_CLOCK  a file of eight bytes: so many seconds the machine's clock is ahead (int64), from moment to moment
 *
 * A record of the log is a struct record and its bytes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct record {
    uint8_t kind; /* W write, T truncate, S sync, D folder synced, U unlink, N network, P printed */
    uint8_t pad[7];
    uint64_t inode;
    uint64_t offset; /* of a truncation, the new length */
    uint64_t length;
};

enum { UNKNOWN, OTHER, LEDGER, FOLDER, SOCKET };
enum { DESCRIPTORS = 4096, LOGGED = 1 << 16 };

static char files[PATH_MAX], folder[PATH_MAX];
static int log_fd = -1;
static char kill_at[32];
static long kill_number = -1;
static const volatile int64_t *ahead;
static _Atomic long sends, syncs, writes;
static _Atomic unsigned char kinds[DESCRIPTORS];

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *watched = getenv("HIRELINE_SHIM_FILES"), *log = getenv("HIRELINE_SHIM_LOG"), *at = getenv("HIRELINE_SHIM_KILL");
    if (watched) {
        snprintf(files, sizeof files, "%s", watched);
        snprintf(folder, sizeof folder, "%s", watched);
        char *slash = strrchr(folder, '/');
        if (slash) *slash = 0;
    }
    if (log) log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *clock = getenv("HIRELINE_SHIM_CLOCK");
    if (clock) {
        int fd = syscall(SYS_openat, AT_FDCWD, clock, O_RDONLY | O_CLOEXEC, 0);
        void *mapped = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
        if (mapped != MAP_FAILED) ahead = mapped;
    }
    if (at) {
        const char *colon = strchr(at, ':');
        if (colon && (size_t)(colon - at) < sizeof kill_at) {
            memcpy(kill_at, at, colon - at);
            kill_number = atol(colon + 1);
        }
    }
}

static void die_at(const char *moment, long number) {
    if (number == kill_number && !strcmp(moment, kill_at)) syscall(SYS_kill, getpid(), SIGKILL);
}

/* A clock that is set, and one that nobody sets. */
int clock_gettime(clockid_t which, struct timespec *time) {
    REAL(clock_gettime);
    int done = real(which, time);
    if (!done && ahead && which == CLOCK_REALTIME) time->tv_sec += *ahead;
    return done;
}

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && !strcmp(text + length - wanted, end);
}

static int is_watched(const char *path) {
    return files[0] && !strncmp(path, files, strlen(files)) && !ends_with(path, "-shm") && !ends_with(path, ".lock") && !strstr(path, ".lease-");
}

static int kind_of(int fd) {
    if (fd < 0 || fd >= DESCRIPTORS) return OTHER;
    if (kinds[fd] != UNKNOWN) return kinds[fd];
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    int kind = OTHER;
    if (length > 0) {
        path[length] = 0;
        if (!strncmp(path, "socket:", 7)) kind = SOCKET;
        else if (is_watched(path)) kind = LEDGER;
        else if (folder[0] && !strcmp(path, folder)) kind = FOLDER;
    }
    kinds[fd] = kind;
    return kind;
}

static void note(char kind, int fd, uint64_t offset, const struct iovec *parts, int count) {
    if (log_fd < 0) return;
    struct stat about = {0};
    if (fd >= 0 && (kind == 'W' || kind == 'T' || kind == 'S')) fstat(fd, &about);
    struct record record = {.kind = kind, .inode = about.st_ino, .offset = offset};
    struct iovec all[64];
    int used = 1;
    for (int i = 0; i < count && used < 64; i++) {
        all[used] = parts[i];
        if ((kind == 'N') && record.length + all[used].iov_len > LOGGED) all[used].iov_len = LOGGED - record.length;
        record.length += all[used].iov_len;
        used++;
    }
    all[0] = (struct iovec){&record, sizeof record};
    syscall(SYS_writev, log_fd, all, used);
}

/* What the folder held when it was synced: a line a file, its name and its inode. */
static void note_folder(void) {
    if (log_fd < 0) return;
    char text[LOGGED];
    size_t used = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open)) && used + 300 < sizeof text;) {
        char path[PATH_MAX + 300];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (is_watched(path)) used += snprintf(text + used, sizeof text - used, "%s %llu\n", entry->d_name, (unsigned long long)entry->d_ino);
    }
    if (open) closedir(open);
    note('D', -1, 0, &(struct iovec){text, used}, 1);
}

static int is_writing(const void *bytes, size_t length) {
    static const char *const heads[] = {"POST /v", "PATCH /v", "PUT /v", "DELETE /v"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (length > strlen(heads[i]) && !memcmp(bytes, heads[i], strlen(heads[i]))) return 1;
    return 0;
}

/* Before something leaves; gives the number of the writing request that begins with it, or 0. */
static long leaves(int fd, const struct iovec *parts, int count) {
    int kind = kind_of(fd);
    if (fd == STDOUT_FILENO) note('P', fd, 0, parts, count);
    if (kind != SOCKET) return 0;
    note('N', fd, 0, parts, count);
    if (count < 1 || !is_writing(parts[0].iov_base, parts[0].iov_len)) return 0;
    long number = ++sends;
    die_at("before-send", number);
    return number;
}

static void left(long number) {
    if (number) die_at("after-send", number);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    REAL(send);
    long number = leaves(fd, &(struct iovec){(void *)bytes, length}, 1);
    ssize_t done = real(fd, bytes, length, flags);
    left(number);
    return done;
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    REAL(sendto);
    long number = leaves(fd, &(struct iovec){(void *)bytes, length}, 1);
    ssize_t done = real(fd, bytes, length, flags, to, size);
    left(number);
    return done;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    long number = leaves(fd, message->msg_iov, (int)message->msg_iovlen);
    ssize_t done = real(fd, message, flags);
    left(number);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    off_t at = kind_of(fd) == LEDGER ? lseek(fd, 0, SEEK_CUR) : 0;
    long number = leaves(fd, parts, count);
    ssize_t done = real(fd, parts, count);
    left(number);
    if (done > 0 && kind_of(fd) == LEDGER) note('W', fd, at, parts, count);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(pwrite64);
    if (kind_of(fd) != LEDGER) return real(fd, bytes, length, offset);
    if (++writes == kill_number && !strcmp(kill_at, "mid-write")) {
        real(fd, bytes, length / 2, offset);
        syscall(SYS_kill, getpid(), SIGKILL);
    }
    ssize_t done = real(fd, bytes, length, offset);
    if (done > 0) note('W', fd, offset, &(struct iovec){(void *)bytes, done}, 1);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return pwrite64(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write);
    if (kind_of(fd) == LEDGER) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        ssize_t done = real(fd, bytes, length);
        if (done > 0) note('W', fd, at, &(struct iovec){(void *)bytes, done}, 1);
        return done;
    }
    long number = leaves(fd, &(struct iovec){(void *)bytes, length}, 1);
    ssize_t done = real(fd, bytes, length);
    left(number);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    int failed = real(fd, length);
    if (!failed && kind_of(fd) == LEDGER) note('T', fd, length, NULL, 0);
    return failed;
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

static int synced(int fd, int (*real)(int)) {
    int kind = kind_of(fd);
    if (kind != LEDGER && kind != FOLDER) return real(fd);
    long number = kind == LEDGER ? ++syncs : 0;
    if (number) die_at("before-sync", number);
    int failed = real(fd);
    if (!failed && kind == LEDGER) note('S', fd, 0, NULL, 0);
    if (!failed && kind == FOLDER) note_folder();
    if (number) die_at("after-sync", number);
    return failed;
}

int fsync(int fd) {
    REAL(fsync);
    return synced(fd, real);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return synced(fd, real);
}

int unlink(const char *path) {
    REAL(unlink);
    struct stat about = {0};
    int known = is_watched(path) && !stat(path, &about);
    int failed = real(path);
    if (!failed && known && log_fd >= 0) {
        struct record record = {.kind = 'U', .inode = about.st_ino};
        syscall(SYS_write, log_fd, &record, sizeof record);
    }
    return failed;
}

int close(int fd) {
    REAL(close);
    if (fd >= 0 && fd < DESCRIPTORS) kinds[fd] = UNKNOWN;
    return real(fd);
}
