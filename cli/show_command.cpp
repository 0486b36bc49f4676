#include "cli/show_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/message_source.hpp"
#include "cli/output.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// The octets as they are: on a terminal they may do anything, which is what --raw asks for.
void print_raw(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, FileCloser> file{path == "-" ? stdin : std::fopen(path.c_str(), "rb")};
  if (!file) throw Failure{fmt::format("cannot open {}: {}", path.string(), std::strerror(errno))};
  std::array<char, std::size_t{64} * 1024> block;
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file.get())) > 0;) {
    if (std::fwrite(block.data(), 1, got, stdout) != got) {
      throw Failure{fmt::format("cannot write to standard output: {}", std::strerror(errno))};
    }
  }
  if (std::ferror(file.get()) != 0)
    throw Failure{fmt::format("cannot read {}: {}", path.string(), std::strerror(errno))};
}

std::string without_carriage_returns(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return text;
}

void print_field(std::string_view name, const std::string& value, bool in_color) {
  fmt::print("{}{}:{} {}\n", in_color ? kBold : "", name, in_color ? kPlain : "", base::printable(value));
}

std::string joined(const std::vector<index::Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) {
    if (!text.empty()) text += ", ";
    text += address.display_name.empty() ? address.addr_spec
                                         : address.display_name + " <" + address.addr_spec + ">";
  }
  return text;
}

void print_message(const index::MessageObject& message, bool in_color) {
  const auto& summary = message.summary;
  print_field("From", joined(summary.from), in_color);
  if (!summary.to.empty()) print_field("To", joined(summary.to), in_color);
  if (!summary.cc.empty()) print_field("Cc", joined(summary.cc), in_color);
  if (!summary.reply_to.empty()) print_field("Reply-To", joined(summary.reply_to), in_color);
  print_field("Date", summary.date ? local_time(summary.date->unix_seconds) : "-", in_color);
  print_field("Subject", summary.subject.value_or(""), in_color);
  for (const auto& attachment : message.attachments) {
    print_field("Attachment",
                fmt::format("{} ({}, {})", attachment.filename.value_or("(no name)"), attachment.media_type,
                            shown_size(attachment.size)),
                in_color);
  }
  for (const auto& part : message.texts) {
    if (part.is_alternative) continue;  // the same again, in another form
    fmt::print("\n{}\n", base::printable(without_carriage_returns(part.text), base::Lines::keep));
  }
}

}  // namespace

ExitCode run_show(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"show", "Read a message in the terminal: the main header fields and its text.", global};
  std::string name;
  bool is_raw = false;
  bool only_headers = false;
  arguments.positional("ID", name, "An id, a file, or - for standard input", true);
  arguments.flag("--raw", is_raw, "The octets as they are stored");
  arguments.flag("--headers", only_headers, "The whole header section, undecoded");
  if (!arguments.parse(words)) return ExitCode::done;
  use_time_zone(global);

  MessageSource source{root_of(global, read_config(global))};
  if (is_raw) {
    print_raw(source.file(name));
    return ExitCode::done;
  }
  const auto message = source.read(name);
  if (only_headers) {
    fmt::print("{}", base::printable(without_carriage_returns(message.header_section), base::Lines::keep));
  } else {
    print_message(message, wants_color(global));
  }
  return ExitCode::done;
}

}  // namespace mailspoor::cli
