// mailspoor-sync: the commands that need the network, or write mail.
#include <sys/resource.h>

#include <algorithm>

#include "cli/account_adopt_command.hpp"
#include "cli/account_test_command.hpp"
#include "cli/check_command.hpp"
#include "cli/programs.hpp"
#include "cli/sync_command.hpp"
#include "fetch/curl_library.hpp"

namespace {

/// A connection has up to 220 files open while the disk is slow, and cron allows 1,024. Not without limit:
/// the commands that we start inherit it, and some close every number that they might have open.
void raise_descriptor_limit() {
  constexpr rlim_t kEnough = 8192;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace mailspoor;
  raise_descriptor_limit();
  const fetch::CurlLibrary curl;
  return cli::run_program(argc, argv,
                          {{"sync", cli::run_sync},
                           {"check", cli::run_check},
                           {"account test", cli::run_account_test},
                           {"account adopt", cli::run_account_adopt}});
}
