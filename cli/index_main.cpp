// mailspoor-index: the commands that parse mail or look up places.
#include "cli/index_command.hpp"
#include "cli/inspect_command.hpp"
#include "cli/programs.hpp"
#include "cli/show_command.hpp"
#include "cli/status_command.hpp"

int main(int argc, char** argv) {
  using namespace mailspoor::cli;
  return run_program(
      argc, argv,
      {{"index", run_index}, {"inspect", run_inspect}, {"show", run_show}, {"status", run_status}});
}
