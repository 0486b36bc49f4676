// Loaded into a program by LD_PRELOAD: counts the calls that change files below one folder, and makes one of
// them, or all from one on, go wrong. The program itself has no hooks and is the one that users run.
//
//     MAILSPOOR_FAULT_BELOW  the folder, absolute and without links
//     MAILSPOOR_FAULT_LOG    a file outside of it, one line a counted call:
//                            `NUMBER CALL PATH[ > NEW PATH][ !FAULT]`
//     MAILSPOOR_FAULT        ENOSPC, EIO, EDQUOT: the call fails so. short: it writes half of the octets.
//                            kill-before, kill-after: SIGKILL. Without it calls are only counted.
//     MAILSPOOR_FAULT_AT     the call that goes wrong, from 1
//     MAILSPOOR_FAULT_EVER   1: and every one after it, as on a full or broken disk
//     MAILSPOOR_FAULT_ONLY   names of calls with blanks between them; others are not counted
//
// Several processes, and a program that replaces itself by exec, count as one: the counter lies in a file
// beside the log. Not counted: calls that read, and those that give up a descriptor which could not write.
// Not seen: what memory maps write (SQLite's -shm), and what the C library writes through a FILE of its own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_SHORT, FAULT_KILL_BEFORE, FAULT_KILL_AFTER };

static struct {
  const char* below;
  size_t below_length;
  const char* only;
  enum fault fault;
  const char* fault_name;
  int error;
  unsigned long at;
  bool for_ever;
  int log;
  atomic_ulong* count;
} plan;

// The next definition of a function, which is the C library's.
#define REAL(name)                                                      \
  ({                                                                    \
    static __typeof__(&(name)) next;                                    \
    if (next == NULL) next = (__typeof__(next))dlsym(RTLD_NEXT, #name); \
    next;                                                               \
  })

static void refuse(const char* why) {
  fprintf(stderr, "the fault shim: %s: %s\n", why, strerror(errno));
  _exit(125);
}

static void read_plan(void) {
  plan.log = -1;
  plan.below = getenv("MAILSPOOR_FAULT_BELOW");
  const char* log = getenv("MAILSPOOR_FAULT_LOG");
  if (plan.below == NULL || log == NULL) return;
  plan.below_length = strlen(plan.below);
  plan.only = getenv("MAILSPOOR_FAULT_ONLY");
  const char* at = getenv("MAILSPOOR_FAULT_AT");
  plan.at = at != NULL ? strtoul(at, NULL, 10) : 0;
  plan.for_ever = getenv("MAILSPOOR_FAULT_EVER") != NULL;
  static const struct {
    const char* name;
    enum fault fault;
    int error;
  } kinds[] = {{"ENOSPC", FAULT_ERROR, ENOSPC},       {"EIO", FAULT_ERROR, EIO},
               {"EDQUOT", FAULT_ERROR, EDQUOT},       {"short", FAULT_SHORT, 0},
               {"kill-before", FAULT_KILL_BEFORE, 0}, {"kill-after", FAULT_KILL_AFTER, 0}};
  const char* wanted = getenv("MAILSPOOR_FAULT");
  for (size_t i = 0; wanted != NULL && i < sizeof kinds / sizeof *kinds; ++i) {
    if (strcmp(wanted, kinds[i].name) != 0) continue;
    plan.fault = kinds[i].fault;
    plan.fault_name = kinds[i].name;
    plan.error = kinds[i].error;
  }
  errno = EINVAL;
  if (wanted != NULL && plan.fault == FAULT_NONE) refuse(wanted);

  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s.count", log);
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || syscall(SYS_ftruncate, file, (off_t)sizeof *plan.count) != 0) refuse(path);
  void* memory = mmap(NULL, sizeof *plan.count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) refuse(path);
  syscall(SYS_close, file);
  plan.count = memory;

  const int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) refuse(log);
  // Far away from the numbers that the program's own files get.
  plan.log = fcntl(fd, F_DUPFD_CLOEXEC, 200);
  if (plan.log < 0)
    plan.log = fd;
  else
    syscall(SYS_close, fd);
}

static bool is_on(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_plan);
  return plan.log >= 0;
}

/// The path behind a descriptor. Asked anew each time: a cache would go stale where the C library closes one
/// of its own accord (fclose, closedir), and one readlink costs a microsecond.
static bool path_of_descriptor(int fd, char* path) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return true;
}

static bool path_of_name(int directory, const char* name, char* path) {
  if (name == NULL) return false;
  if (name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
  if (directory == AT_FDCWD ? getcwd(path, PATH_MAX) == NULL : !path_of_descriptor(directory, path))
    return false;
  const size_t length = strlen(path);
  return snprintf(path + length, PATH_MAX - length, "/%s", name) < (int)(PATH_MAX - length);
}

static bool is_below(const char* path) {
  return strncmp(path, plan.below, plan.below_length) == 0 &&
         (path[plan.below_length] == '/' || path[plan.below_length] == '\0');
}

static bool is_counted(const char* call) {
  if (plan.only == NULL) return true;
  const size_t length = strlen(call);
  for (const char* at = plan.only; (at = strstr(at, call)) != NULL; at += length) {
    if ((at == plan.only || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
  }
  return false;
}

/// Whether a disk that is full for good refuses the call. What frees space goes on, or nobody could ever
/// clean up.
static bool needs_space(const char* call) {
  return strcmp(call, "unlink") != 0 && strcmp(call, "rmdir") != 0 && strcmp(call, "close") != 0;
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/// Counts a call, writes it down, and says what is to become of it. With FAULT_ERROR errno is set, and
/// otherwise left.
static enum fault count_paths(const char* call, const char* path, const char* new_path) {
  if (!is_counted(call)) return FAULT_NONE;
  const int before = errno;
  const unsigned long number = atomic_fetch_add(plan.count, 1) + 1;
  enum fault fault = plan.for_ever ? (plan.at != 0 && number >= plan.at ? plan.fault : FAULT_NONE)
                                   : (number == plan.at ? plan.fault : FAULT_NONE);
  if (fault == FAULT_ERROR && plan.for_ever && plan.error != EIO && !needs_space(call)) fault = FAULT_NONE;
  if (fault == FAULT_SHORT && strstr(call, "write") == NULL) fault = FAULT_NONE;
  char line[2 * PATH_MAX + 100];
  const int length = snprintf(line, sizeof line, "%lu %s %s%s%s%s%s", number, call, path,
                              new_path != NULL ? " > " : "", new_path != NULL ? new_path : "",
                              fault != FAULT_NONE ? " !" : "", fault != FAULT_NONE ? plan.fault_name : "");
  for (int i = 0; i < length; ++i) {
    if (line[i] == '\n') line[i] = '?';
  }
  line[length] = '\n';
  if (syscall(SYS_write, plan.log, line, (size_t)length + 1) != length + 1) refuse("its log");
  if (fault == FAULT_KILL_BEFORE) die();
  errno = fault == FAULT_ERROR ? plan.error : before;
  return fault;
}

static enum fault count_name(const char* call, int directory, const char* name) {
  char path[PATH_MAX];
  if (!is_on()) return FAULT_NONE;
  const int before = errno;
  const bool is_ours = path_of_name(directory, name, path) && is_below(path);
  errno = before;
  return is_ours ? count_paths(call, path, NULL) : FAULT_NONE;
}

static enum fault count_names(const char* call, int directory, const char* name, int new_directory,
                              const char* new_name) {
  char path[PATH_MAX];
  char new_path[PATH_MAX];
  if (!is_on()) return FAULT_NONE;
  const int before = errno;
  const bool is_ours = path_of_name(directory, name, path) &&
                       path_of_name(new_directory, new_name, new_path) &&
                       (is_below(path) || is_below(new_path));
  errno = before;
  return is_ours ? count_paths(call, path, new_path) : FAULT_NONE;
}

static enum fault count_descriptor(const char* call, int fd) {
  char path[PATH_MAX];
  if (!is_on()) return FAULT_NONE;
  const int before = errno;
  const bool is_ours = path_of_descriptor(fd, path) && is_below(path);
  errno = before;
  return is_ours ? count_paths(call, path, NULL) : FAULT_NONE;
}

/// Runs a call as the fault lets it. `result` is what the call gives; it is not run after an error.
#define FAULTY(counted, call)              \
  do {                                     \
    const enum fault fault_ = (counted);   \
    if (fault_ == FAULT_ERROR) return -1;  \
    __typeof__(call) result_ = (call);     \
    if (fault_ == FAULT_KILL_AFTER) die(); \
    return result_;                        \
  } while (0)

// --- open
// -----------------------------------------------------------------------------------------------------------

int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int directory, const char* path, int flags);
int __openat64_2(int directory, const char* path, int flags);

static enum fault count_open(int directory, const char* path, int flags) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  return writes ? count_name("open", directory, path) : FAULT_NONE;
}

#define TAKE_MODE(flags)                                            \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list arguments;                                              \
    va_start(arguments, flags);                                     \
    mode = va_arg(arguments, mode_t);                               \
    va_end(arguments);                                              \
  }

int open(const char* path, int flags, ...) {
  TAKE_MODE(flags)
  FAULTY(count_open(AT_FDCWD, path, flags), REAL(open)(path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  TAKE_MODE(flags)
  FAULTY(count_open(AT_FDCWD, path, flags), REAL(open64)(path, flags, mode));
}
int openat(int directory, const char* path, int flags, ...) {
  TAKE_MODE(flags)
  FAULTY(count_open(directory, path, flags), REAL(openat)(directory, path, flags, mode));
}
int openat64(int directory, const char* path, int flags, ...) {
  TAKE_MODE(flags)
  FAULTY(count_open(directory, path, flags), REAL(openat64)(directory, path, flags, mode));
}
// What _FORTIFY_SOURCE calls where no mode is given.
int __open_2(const char* path, int flags) {
  FAULTY(count_open(AT_FDCWD, path, flags), REAL(__open_2)(path, flags));
}
int __open64_2(const char* path, int flags) {
  FAULTY(count_open(AT_FDCWD, path, flags), REAL(__open64_2)(path, flags));
}
int __openat_2(int directory, const char* path, int flags) {
  FAULTY(count_open(directory, path, flags), REAL(__openat_2)(directory, path, flags));
}
int __openat64_2(int directory, const char* path, int flags) {
  FAULTY(count_open(directory, path, flags), REAL(__openat64_2)(directory, path, flags));
}
int creat(const char* path, mode_t mode) {
  FAULTY(count_open(AT_FDCWD, path, O_WRONLY | O_CREAT), REAL(creat)(path, mode));
}
int creat64(const char* path, mode_t mode) {
  FAULTY(count_open(AT_FDCWD, path, O_WRONLY | O_CREAT), REAL(creat64)(path, mode));
}
static enum fault count_fopen(const char* path, const char* mode) {
  return strpbrk(mode, "wa+") != NULL ? count_name("open", AT_FDCWD, path) : FAULT_NONE;
}
FILE* fopen(const char* path, const char* mode) {
  const enum fault fault = count_fopen(path, mode);
  if (fault == FAULT_ERROR) return NULL;
  FILE* file = REAL(fopen)(path, mode);
  if (fault == FAULT_KILL_AFTER) die();
  return file;
}
FILE* fopen64(const char* path, const char* mode) {
  const enum fault fault = count_fopen(path, mode);
  if (fault == FAULT_ERROR) return NULL;
  FILE* file = REAL(fopen64)(path, mode);
  if (fault == FAULT_KILL_AFTER) die();
  return file;
}

// --- write
// ----------------------------------------------------------------------------------------------------------

/// One octet cannot be halved: then the call is as always.
static size_t shortened(enum fault fault, size_t size) {
  return fault == FAULT_SHORT && size > 1 ? size / 2 : size;
}

ssize_t write(int fd, const void* octets, size_t size) {
  const enum fault fault = count_descriptor("write", fd);
  FAULTY(fault, REAL(write)(fd, octets, shortened(fault, size)));
}
ssize_t pwrite(int fd, const void* octets, size_t size, off_t offset) {
  const enum fault fault = count_descriptor("pwrite", fd);
  FAULTY(fault, REAL(pwrite)(fd, octets, shortened(fault, size), offset));
}
ssize_t pwrite64(int fd, const void* octets, size_t size, off64_t offset) {
  const enum fault fault = count_descriptor("pwrite", fd);
  FAULTY(fault, REAL(pwrite64)(fd, octets, shortened(fault, size), offset));
}
/// Half of the first piece that holds two octets is as short as half of all.
static int shorten_pieces(enum fault fault, const struct iovec* pieces, int count, struct iovec* copy) {
  if (fault != FAULT_SHORT || count > IOV_MAX) return -1;
  for (int i = 0; i < count; ++i) {
    copy[i] = pieces[i];
    copy[i].iov_len = shortened(fault, pieces[i].iov_len);
    if (copy[i].iov_len != pieces[i].iov_len) return i + 1;
  }
  return -1;
}
ssize_t writev(int fd, const struct iovec* pieces, int count) {
  struct iovec copy[IOV_MAX];
  const enum fault fault = count_descriptor("writev", fd);
  const int left = shorten_pieces(fault, pieces, count, copy);
  FAULTY(fault, left < 0 ? REAL(writev)(fd, pieces, count) : REAL(writev)(fd, copy, left));
}
ssize_t pwritev(int fd, const struct iovec* pieces, int count, off_t offset) {
  struct iovec copy[IOV_MAX];
  const enum fault fault = count_descriptor("pwritev", fd);
  const int left = shorten_pieces(fault, pieces, count, copy);
  FAULTY(fault, left < 0 ? REAL(pwritev)(fd, pieces, count, offset) : REAL(pwritev)(fd, copy, left, offset));
}
ssize_t pwritev64(int fd, const struct iovec* pieces, int count, off64_t offset) {
  struct iovec copy[IOV_MAX];
  const enum fault fault = count_descriptor("pwritev", fd);
  const int left = shorten_pieces(fault, pieces, count, copy);
  FAULTY(fault,
         left < 0 ? REAL(pwritev64)(fd, pieces, count, offset) : REAL(pwritev64)(fd, copy, left, offset));
}
int ftruncate(int fd, off_t size) { FAULTY(count_descriptor("ftruncate", fd), REAL(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) {
  FAULTY(count_descriptor("ftruncate", fd), REAL(ftruncate64)(fd, size));
}
int truncate(const char* path, off_t size) {
  FAULTY(count_name("truncate", AT_FDCWD, path), REAL(truncate)(path, size));
}
int truncate64(const char* path, off64_t size) {
  FAULTY(count_name("truncate", AT_FDCWD, path), REAL(truncate64)(path, size));
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
  FAULTY(count_descriptor("fallocate", fd), REAL(fallocate)(fd, mode, offset, size));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t size) {
  FAULTY(count_descriptor("fallocate", fd), REAL(fallocate64)(fd, mode, offset, size));
}
// These two return the error and leave errno alone.
int posix_fallocate(int fd, off_t offset, off_t size) {
  const int before = errno;
  const enum fault fault = count_descriptor("fallocate", fd);
  errno = before;
  if (fault == FAULT_ERROR) return plan.error;
  FAULTY(fault, REAL(posix_fallocate)(fd, offset, size));
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  const int before = errno;
  const enum fault fault = count_descriptor("fallocate", fd);
  errno = before;
  if (fault == FAULT_ERROR) return plan.error;
  FAULTY(fault, REAL(posix_fallocate64)(fd, offset, size));
}

// --- sync, close
// ----------------------------------------------------------------------------------------------------
// sync_file_range() is not here: it begins to write early and promises nothing, so nobody can rely on its
// answer.

int fsync(int fd) { FAULTY(count_descriptor("fsync", fd), REAL(fsync)(fd)); }
int fdatasync(int fd) { FAULTY(count_descriptor("fdatasync", fd), REAL(fdatasync)(fd)); }
int syncfs(int fd) { FAULTY(count_descriptor("syncfs", fd), REAL(syncfs)(fd)); }

int close(int fd) {
  const int before = errno;
  const int flags = is_on() ? fcntl(fd, F_GETFL) : -1;
  errno = before;
  // Only one that has written can fail with something that was written.
  const bool has_written = flags >= 0 && (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY;
  const enum fault fault = has_written ? count_descriptor("close", fd) : FAULT_NONE;
  const int result = REAL(close)(fd);  // Linux closes even where it reports an error
  if (fault == FAULT_KILL_AFTER) die();
  if (fault != FAULT_ERROR) return result;
  errno = plan.error;
  return -1;
}

// --- names
// ----------------------------------------------------------------------------------------------------------

int mkdir(const char* path, mode_t mode) {
  FAULTY(count_name("mkdir", AT_FDCWD, path), REAL(mkdir)(path, mode));
}
int mkdirat(int directory, const char* path, mode_t mode) {
  FAULTY(count_name("mkdir", directory, path), REAL(mkdirat)(directory, path, mode));
}
int rename(const char* path, const char* new_path) {
  FAULTY(count_names("rename", AT_FDCWD, path, AT_FDCWD, new_path), REAL(rename)(path, new_path));
}
int renameat(int directory, const char* path, int new_directory, const char* new_path) {
  FAULTY(count_names("rename", directory, path, new_directory, new_path),
         REAL(renameat)(directory, path, new_directory, new_path));
}
int renameat2(int directory, const char* path, int new_directory, const char* new_path, unsigned flags) {
  FAULTY(count_names("rename", directory, path, new_directory, new_path),
         REAL(renameat2)(directory, path, new_directory, new_path, flags));
}
int link(const char* path, const char* new_path) {
  FAULTY(count_names("link", AT_FDCWD, path, AT_FDCWD, new_path), REAL(link)(path, new_path));
}
int linkat(int directory, const char* path, int new_directory, const char* new_path, int flags) {
  FAULTY(count_names("link", directory, path, new_directory, new_path),
         REAL(linkat)(directory, path, new_directory, new_path, flags));
}
int symlink(const char* target, const char* path) {
  FAULTY(count_name("symlink", AT_FDCWD, path), REAL(symlink)(target, path));
}
int symlinkat(const char* target, int directory, const char* path) {
  FAULTY(count_name("symlink", directory, path), REAL(symlinkat)(target, directory, path));
}
int unlink(const char* path) { FAULTY(count_name("unlink", AT_FDCWD, path), REAL(unlink)(path)); }
int unlinkat(int directory, const char* path, int flags) {
  FAULTY(count_name((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", directory, path),
         REAL(unlinkat)(directory, path, flags));
}
int rmdir(const char* path) { FAULTY(count_name("rmdir", AT_FDCWD, path), REAL(rmdir)(path)); }
int remove(const char* path) { FAULTY(count_name("unlink", AT_FDCWD, path), REAL(remove)(path)); }
int futimens(int fd, const struct timespec times[2]) {
  FAULTY(count_descriptor("utime", fd), REAL(futimens)(fd, times));
}
int utimensat(int directory, const char* path, const struct timespec times[2], int flags) {
  FAULTY(count_name("utime", directory, path), REAL(utimensat)(directory, path, times, flags));
}
