// no_sockets PROGRAM [ARGUMENT]...: runs a program that can create no socket. The kernel kills it (SIGSYS) if
// it tries, in whatever thread, and whatever it executes. It may not start other processes either: one of
// them could die unnoticed.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the system calls of this architecture are not known here"
#endif

/// Above it begin the numbers of x86-64's second set of calls (x32).
constexpr std::uint32_t kFirstOfOtherSet = 0x4000'0000;

constexpr std::array<std::uint32_t, 7> kForbidden{
    SYS_socket, SYS_socketpair, SYS_connect,       SYS_bind,
    SYS_accept, SYS_accept4,    SYS_io_uring_setup};  // that can open sockets, too

/// A BPF program, which the kernel runs before each system call, on a seccomp_data.
class Filter {
 public:
  void load(std::size_t offset) {
    code_.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)});
  }
  /// Ends with this verdict where what was loaded passes the test (BPF_JEQ, BPF_JGE or BPF_JSET).
  void verdict_if(std::uint16_t test, std::uint32_t value, std::uint32_t verdict) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), 0, 1, value});
    end(verdict);
  }
  /// The same where it does not.
  void verdict_unless(std::uint16_t test, std::uint32_t value, std::uint32_t verdict) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), 1, 0, value});
    end(verdict);
  }
  /// The next `count` instructions are for this value only.
  void only_for(std::uint32_t value, std::uint8_t count) {
    code_.push_back({BPF_JMP | BPF_K | BPF_JEQ, 0, count, value});
  }
  void end(std::uint32_t verdict) { code_.push_back({BPF_RET | BPF_K, 0, 0, verdict}); }

  bool install() {
    const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
  }

 private:
  std::vector<sock_filter> code_;
};

Filter no_sockets() {
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.verdict_unless(BPF_JEQ, kArchitecture, SECCOMP_RET_KILL_PROCESS);
  filter.load(offsetof(seccomp_data, nr));
  filter.verdict_if(BPF_JGE, kFirstOfOtherSet, SECCOMP_RET_KILL_PROCESS);
  for (const auto number : kForbidden) filter.verdict_if(BPF_JEQ, number, SECCOMP_RET_KILL_PROCESS);
#ifdef SYS_fork
  filter.verdict_if(BPF_JEQ, SYS_fork, SECCOMP_RET_KILL_PROCESS);
  filter.verdict_if(BPF_JEQ, SYS_vfork, SECCOMP_RET_KILL_PROCESS);
#endif
  // Its flags lie in memory, where no filter can look; the C library then does with clone().
  filter.verdict_if(BPF_JEQ, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  // Threads, and the helper of the leak sanitizer, which shares the memory, are no processes of their own.
  filter.only_for(SYS_clone, 5);
  filter.load(offsetof(seccomp_data, args));
  filter.verdict_if(BPF_JSET, CLONE_VFORK, SECCOMP_RET_KILL_PROCESS);
  filter.verdict_unless(BPF_JSET, CLONE_VM, SECCOMP_RET_KILL_PROCESS);
  filter.end(SECCOMP_RET_ALLOW);
  return filter;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: no_sockets PROGRAM [ARGUMENT]...\n", stderr);
    return 2;
  }
  if (!no_sockets().install()) {
    std::fprintf(stderr, "no_sockets: the kernel takes no filter: %s\n", std::strerror(errno));
    return 77;
  }
  ::execvp(arguments[1], arguments + 1);
  std::fprintf(stderr, "no_sockets: cannot run %s: %s\n", arguments[1], std::strerror(errno));
  return 127;
}
