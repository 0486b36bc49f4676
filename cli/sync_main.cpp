// mailspoor-sync: the commands that need the network, or write mail.
#include <sys/resource.h>

#include "cli/account_adopt_command.hpp"
#include "cli/account_test_command.hpp"
#include "cli/check_command.hpp"
#include "cli/programs.hpp"
#include "cli/sync_command.hpp"
#include "fetch/curl_library.hpp"

namespace {

/// A connection has up to 220 files open while the disk is slow, and cron allows 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
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
