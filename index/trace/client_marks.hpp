#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mailspoor::index {

/// By what in a message a program is known.
struct ClientMark {
  enum class Weight {
    own,     ///< No other program does so.
    shared,  ///< Others do so too: it tells of the program only where something else names it.
    server,  ///< A server does so to mail of any program. It tells where nothing else does.
  };
  std::string_view pattern;
  std::string_view program;
  std::string_view platform;  ///< Empty: read elsewhere, or not known.
  Weight weight = Weight::own;
};

/// In User-Agent, X-Mailer and X-Newsreader: whole words, without regard to case; with `^` where they begin
/// the text. The first that is found counts. The version stands behind them.
std::span<const ClientMark> name_marks() noexcept;
/// Shapes of Message-IDs and of boundaries: see shape.hpp. Of each weight the first that fits counts.
std::span<const ClientMark> message_id_marks() noexcept;
std::span<const ClientMark> boundary_marks() noexcept;

/// The platform that a text names: `Windows`, `macOS`, `iOS`, `Android`, `Linux` ...; empty if it names none.
std::string_view platform_in(std::string_view lower_case_text) noexcept;

/// Whether two programs have so much in common that the marks of one are those of the other: Outlook and
/// Outlook Express, Thunderbird and Mozilla.
bool is_of_one_family(std::string_view program, std::string_view other) noexcept;

}  // namespace mailspoor::index
