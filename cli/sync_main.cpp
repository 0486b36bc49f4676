// mailspoor-sync: the commands that need the network, or write mail.
#include "cli/account_adopt_command.hpp"
#include "cli/account_test_command.hpp"
#include "cli/check_command.hpp"
#include "cli/programs.hpp"
#include "cli/sync_command.hpp"
#include "fetch/curl_library.hpp"

int main(int argc, char** argv) {
  using namespace mailspoor;
  const fetch::CurlLibrary curl;
  return cli::run_program(argc, argv,
                          {{"sync", cli::run_sync},
                           {"check", cli::run_check},
                           {"account test", cli::run_account_test},
                           {"account adopt", cli::run_account_adopt}});
}
