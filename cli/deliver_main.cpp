// mailspoor-deliver: the delivery agent, linked with what it needs only.
#include "cli/deliver_command.hpp"

int main(int argc, char** argv) {
  return static_cast<int>(mailspoor::cli::run_deliver({argv + 1, argv + argc}));
}
