#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/error.hpp"

// One `mailspoor` for its users, several programs for the loader: linking libcurl costs more at start-up than
// a whole search takes, so what needs it is a program of its own, which `mailspoor` hands over to.
namespace mailspoor::cli {

/// A command of the program that is running. `words` are those around the command, global options included.
using Command = std::function<ExitCode(const std::vector<std::string>& words)>;
using Commands = std::map<std::string, Command>;

/// Runs the command that the words name, here or by handing over to the program that has it, and turns what
/// it throws into an exit code and a line on stderr. Does not return after a hand-over.
int run_program(int argc, char** argv, const Commands& commands);

}  // namespace mailspoor::cli
