#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/error.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {

const std::vector<GlobalOptionName>& global_option_names() {
  static const std::vector<GlobalOptionName> names{
      {"--root", true}, {"--config", true}, {"--quiet", false},   {"-q", false}, {"--verbose", false},
      {"-v", false},    {"--color", true},  {"--progress", true}, {"--tz", true}};
  return names;
}

class Arguments::Impl {
 public:
  Impl(const std::string& command, const std::string& description, GlobalOptions& global)
      : app{description, "mailspoor " + command} {
    app.set_help_flag("-h,--help", "Print this help");
    app.allow_extras(false);
    const std::string group = "Global options";
    app.add_option("--root", global.root, "Where mail and index lie (MAILSPOOR_ROOT)")
        ->type_name("DIR")
        ->group(group);
    app.add_option("--config", global.config, "Configuration file")->type_name("FILE")->group(group);
    app.add_flag("-q,--quiet", global.is_quiet, "Say nothing but errors")->group(group);
    app.add_flag("-v,--verbose", global.verbosity, "Say more; twice: the protocol's steps")->group(group);
    app.add_option("--color", global.color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN")
        ->group(group);
    app.add_option("--progress", global.progress, "auto or never")
        ->check(CLI::IsMember({"auto", "never"}))
        ->type_name("WHEN")
        ->group(group);
    app.add_option("--tz", global.tz,
                   "Time zone of dates in queries and on the terminal, such as Europe/Berlin")
        ->type_name("ZONE")
        ->group(group);
  }

  bool parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // as CLI11 wants a vector
    try {
      app.parse(std::move(words));
      return true;
    } catch (const CLI::CallForHelp&) {
      std::cout << app.help();
      return false;
    } catch (const CLI::ParseError& error) {
      throw UsageError{base::printable(error.what()) + " (see `" + app.get_name() + " --help`)"};
    }
  }

  /// The option that a word names, `--name=value` and `-vv` included; nullptr if it is none.
  const CLI::Option* option_of(const std::string& word) const {
    if (word.size() < 2 || word[0] != '-') return nullptr;
    if (word[1] == '-') return app.get_option_no_throw(word.substr(0, word.find('=')));
    const auto is_flags = std::all_of(word.begin() + 1, word.end(), [&](char c) {
      const auto* option = app.get_option_no_throw(std::string{"-"} + c);
      return option != nullptr && option->get_items_expected_max() == 0;
    });
    const auto* first = app.get_option_no_throw(word.substr(0, 2));
    return is_flags || (first != nullptr && first->get_items_expected_max() > 0) ? first : nullptr;
  }

  CLI::App app;
};

Arguments::Arguments(const std::string& command, const std::string& description, GlobalOptions& global)
    : impl_{std::make_unique<Impl>(command, description, global)} {}
Arguments::~Arguments() = default;

void Arguments::flag(const std::string& names, bool& value, const std::string& help) {
  impl_->app.add_flag(names, value, help);
}
void Arguments::option(const std::string& names, std::string& value, const std::string& help) {
  impl_->app.add_option(names, value, help)->type_name("TEXT");
}
void Arguments::option(const std::string& names, std::vector<std::string>& values, const std::string& help) {
  impl_->app.add_option(names, values, help)->expected(1)->take_all()->type_name("TEXT");
}
void Arguments::option(const std::string& names, std::optional<std::uint64_t>& value,
                       const std::string& help) {
  // CLI11 would take -1 for the greatest number that there is.
  const auto not_negative = [](const std::string& text) {
    return text.starts_with('-') ? text + " is less than 0" : std::string{};
  };
  impl_->app.add_option(names, value, help)->check(not_negative)->type_name("NUMBER");
}
void Arguments::choice(const std::string& names, std::string& value, const std::vector<std::string>& choices,
                       const std::string& help) {
  impl_->app.add_option(names, value, help)->check(CLI::IsMember(choices))->type_name("NAME");
}
void Arguments::positional(const std::string& name, std::vector<std::string>& values, const std::string& help,
                           bool is_required) {
  impl_->app.add_option(name, values, help)->required(is_required)->type_name("");
}
void Arguments::positional(const std::string& name, std::string& value, const std::string& help,
                           bool is_required) {
  impl_->app.add_option(name, value, help)->required(is_required)->type_name("");
}
void Arguments::footer(const std::string& text) { impl_->app.footer(text); }

bool Arguments::parse(const std::vector<std::string>& words) { return impl_->parse(words); }

std::optional<std::string> Arguments::parse_query(const std::vector<std::string>& words) {
  std::vector<std::string> options;
  std::string query;
  bool is_behind_dashes = false;
  const auto add_to_query = [&](const std::string& word) { query += (query.empty() ? "" : " ") + word; };
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto& word = words[at];
    if (!is_behind_dashes && word == "--") {
      is_behind_dashes = true;
      continue;
    }
    const auto* option = is_behind_dashes ? nullptr : impl_->option_of(word);
    if (option == nullptr && !is_behind_dashes && word.rfind("--", 0) == 0) {
      throw UsageError{"unknown option `" + base::printable(word) +
                       "` (behind `--` it would belong to the query)"};
    }
    if (option == nullptr) {
      add_to_query(word);
      continue;
    }
    options.push_back(word);
    const bool has_value_inside = word.find('=') != std::string::npos || (word[1] != '-' && word.size() > 2);
    if (option->get_items_expected_max() > 0 && !has_value_inside && at + 1 < words.size())
      options.push_back(words[++at]);
  }
  if (!impl_->parse(options)) return std::nullopt;
  return query;
}

}  // namespace mailspoor::cli
