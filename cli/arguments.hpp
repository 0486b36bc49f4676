#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailspoor::cli {

/// Options that every command takes, before the command or behind it.
struct GlobalOptions {
  std::string root;    ///< As given; empty: environment, configuration or default.
  std::string config;  ///< As given; empty: the default file, if there is one.
  bool is_quiet = false;
  int verbosity = 0;
  std::string color = "auto";     ///< auto, always or never.
  std::string progress = "auto";  ///< auto or never.
  std::string tz;                 ///< Empty: the system's.
};

/// The options of one command. CLI11 reads them, behind this interface because each file that includes CLI11
/// costs many seconds to compile.
class Arguments {
 public:
  Arguments(const std::string& command, const std::string& description, GlobalOptions& global);
  ~Arguments();

  void flag(const std::string& names, bool& value, const std::string& help);
  void option(const std::string& names, std::string& value, const std::string& help);
  void option(const std::string& names, std::vector<std::string>& values, const std::string& help);
  void option(const std::string& names, std::optional<std::uint64_t>& value, const std::string& help);
  void choice(const std::string& names, std::string& value, const std::vector<std::string>& choices,
              const std::string& help);
  void positional(const std::string& name, std::vector<std::string>& values, const std::string& help,
                  bool is_required);
  void positional(const std::string& name, std::string& value, const std::string& help, bool is_required);
  /// Text below the options of --help.
  void footer(const std::string& text);

  /// Reads the words behind the command.
  /// @return false if help was asked for and printed.
  /// @throws UsageError.
  bool parse(const std::vector<std::string>& words);

  /// For commands that take a query: a word that begins with `-` and is no option, and all words behind `--`,
  /// belong to the query.
  /// @return The query, its words joined by blanks; nullopt if help was asked for and printed.
  std::optional<std::string> parse_query(const std::vector<std::string>& words);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Names of the global options, each with whether a value follows; for finding the command among the words.
struct GlobalOptionName {
  const char* name;
  bool has_value;
};
const std::vector<GlobalOptionName>& global_option_names();

}  // namespace mailspoor::cli
