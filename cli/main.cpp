// mailspoor: searching, and the door to the other programs.
#include "cli/account_command.hpp"
#include "cli/programs.hpp"
#include "cli/search_command.hpp"

int main(int argc, char** argv) {
  using namespace mailspoor::cli;
  return run_program(argc, argv, {{"search", run_search}, {"count", run_count}, {"account", run_account}});
}
