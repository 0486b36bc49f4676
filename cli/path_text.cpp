#include "cli/path_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/output.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

using index::Hop;
using index::HopStanding;
using index::MessageObject;

struct Pen {
  std::string_view peer, line, arrow, rule;
};
/// Two blanks, and the line with its blank on either side of the words.
constexpr std::size_t kRuleMargins = 10;
constexpr Pen kAscii{"o", "|", "v", "-"};
constexpr Pen kDrawn{"\u25cf", "\u2502", "\u25bc", "\u2500"};

std::string_view color_of(HopStanding standing) {
  return standing == HopStanding::ours ? kGreen : standing == HopStanding::linked ? kYellow : kRed;
}

std::string shown(const std::string& text) { return base::printable(text); }

/// `AS64500 EXAMPLE-NET`
std::string network_of(const index::Place& place) {
  auto text = fmt::format("AS{}", *place.asn);
  if (place.as_name) text += ' ' + shown(*place.as_name);
  return text;
}

/// ` (DE, AS64500 EXAMPLE-NET)`; empty where nothing is known.
std::string behind_address(const index::Place& place) {
  std::vector<std::string> parts;
  if (place.country) parts.push_back(*place.country);
  if (place.asn) parts.push_back(network_of(place));
  return parts.empty() ? std::string{} : fmt::format(" ({})", fmt::join(parts, ", "));
}

/// The peer as the server saw it: the name that it looked up, else what was announced.
std::string peer_of(const Hop& hop) {
  std::string text;
  if (hop.from_rdns) {
    text = shown(*hop.from_rdns);
  } else if (hop.from_helo) {
    text = fmt::format("\"{}\"", shown(*hop.from_helo));
  }
  if (hop.from_ip) {
    text += fmt::format("{}[{}]", text.empty() ? "" : " ", *hop.from_ip);
    if (hop.from_port) text += fmt::format(" port {}", *hop.from_port);
    text += behind_address(hop.place);
  }
  return text.empty() ? "(no address)" : text;
}

std::string session_of(const Hop& hop) {
  std::vector<std::string> parts;
  if (hop.with) parts.push_back(shown(*hop.with));
  if (!hop.with && hop.via) parts.push_back("via " + shown(*hop.via));
  if (hop.tls_version || hop.tls_cipher) {
    parts.push_back(hop.tls_version.value_or("TLS") + (hop.tls_cipher ? " " + shown(*hop.tls_cipher) : ""));
  }
  if (hop.auth_user) parts.push_back("logged in as " + shown(*hop.auth_user));
  if (hop.from_rdns && hop.from_helo && !base::equal_ignoring_case(*hop.from_rdns, *hop.from_helo))
    parts.push_back(fmt::format("announced as \"{}\"", shown(*hop.from_helo)));
  if (hop.name_lookup == index::NameLookup::not_found) parts.push_back("no name found");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string_view witnesses(index::OriginTrust trust) {
  switch (trust) {
    case index::OriginTrust::observed:
      return "seen by servers that we were told of";
    case index::OriginTrust::assumed:
      return "seen by servers that seem to be the receiving side's";
    case index::OriginTrust::claimed:
      break;
  }
  return "claimed by servers that are not ours";
}

class Drawing {
 public:
  Drawing(const MessageObject& message, const PathStyle& style)
      : message_{message}, style_{style}, pen_{style.on_terminal ? kDrawn : kAscii} {}

  std::string draw() {
    const auto& hops = message_.hops;
    for (std::size_t position = hops.size(); position-- > 0;) {
      draw(position, hops[position]);
      if (position == 0) break;
      const auto standing = hops[position - 1].standing;
      if (standing != hops[position].standing) rule(standing);
    }
    return std::move(text_);
  }

 private:
  void draw(std::size_t position, const Hop& hop) {
    const auto color = color_of(hop.standing);
    const bool is_origin = message_.origin.hop == position && message_.origin.evidence == "received";
    add(fmt::format("  {:>3}  ", position),
        fmt::format("{}  {}{}", pen_.peer, is_origin ? "origin: " : "", peer_of(hop)), color);
    if (const auto session = session_of(hop); !session.empty())
      add("       ", fmt::format("{}  {}", pen_.line, session), color);
    auto by = hop.by ? "by " + shown(*hop.by) : std::string{"by a server that does not name itself"};
    if (hop.software) by += " (" + shown(*hop.software) + ")";
    add("       ", fmt::format("{}  {}", pen_.line, by), color);
    add("       ", fmt::format("{}  {}", pen_.arrow, when(hop)), color);
  }

  std::string when(const Hop& hop) const {
    if (!hop.date) return "at an unknown time";
    auto text = shown_time(hop.date, style_.on_terminal);
    if (!hop.delay_seconds) return text;
    const auto delay = *hop.delay_seconds;
    return text + (delay < 0
                       ? fmt::format(", {} before the hop above by its clock", index::duration_text(-delay))
                       : fmt::format(", {} later", index::duration_text(delay)));
  }

  /// @param next  The standing of the hop below.
  void rule(HopStanding next) {
    const bool is_assumed = message_.origin.first_untrusted_trust == index::OriginTrust::assumed;
    const std::string words = next == HopStanding::ours
                                  ? fmt::format("trust boundary: servers of ours wrote what is below{}",
                                                is_assumed ? ", as far as we know" : "")
                                  : std::string{"what is above does not link with what is below"};
    std::string edge;
    for (int count = 0; count < 3; ++count) edge += pen_.rule;
    const auto room = style_.width == 0 ? words.size() : style_.width - std::min(style_.width, kRuleMargins);
    const auto lines = wrapped(words, room);
    for (std::size_t number = 0; number < lines.size(); ++number) {
      add("  ",
          fmt::format("{} {}{}", number == 0 ? edge : "   ", lines[number],
                      number + 1 == lines.size() ? " " + edge : ""),
          kBold);
    }
  }

  /// ASCII, broken at blanks into lines of so many columns.
  static std::vector<std::string> wrapped(std::string_view words, std::size_t columns) {
    std::vector<std::string> lines{""};
    while (!words.empty()) {
      const auto word = words.substr(0, words.find(' '));
      words.remove_prefix(std::min(word.size() + 1, words.size()));
      auto& line = lines.back();
      if (line.empty()) {
        line = word;
      } else if (line.size() + 1 + word.size() <= columns) {
        line += fmt::format(" {}", word);
      } else {
        lines.emplace_back(word);
      }
    }
    return lines;
  }

  void add(std::string_view margin, const std::string& line, std::string_view color) {
    const auto whole = std::string{margin} + line;
    const auto cut = style_.width == 0 ? whole : cut_to(whole, style_.width);
    if (style_.has_color) {
      text_ += fmt::format("{}{}{}\n", color, cut, kPlain);
    } else {
      text_ += cut + '\n';
    }
  }

  const MessageObject& message_;
  const PathStyle& style_;
  Pen pen_;
  std::string text_;
};

}  // namespace

std::string path_text(const MessageObject& message, const PathStyle& style) {
  return Drawing{message, style}.draw();
}

std::string origin_text(const index::Origin& origin, bool is_own) {
  using index::OriginKind;
  if (!origin.ip) return {};
  std::string text = *origin.ip;
  if (origin.kind == OriginKind::provider) {
    text += fmt::format(", {}a relay of {}, which does not say whose mail it sent",
                        origin.is_provider_by_claimed_name ? "by its name alone " : "",
                        origin.provider.value_or("?"));
  } else if (origin.kind) {
    text += origin.kind == OriginKind::client ? ", where the message was submitted" : ", a server";
  }
  if (is_own)
    return text + "; of a message that was sent or drafted here, so that no server received it for us";
  if (!origin.trust) return text + "; no server outside took part";
  if (*origin.trust != index::OriginTrust::claimed || origin.evidence == "received")
    return fmt::format("{}; {}", text, witnesses(*origin.trust));
  return fmt::format("{}; claimed by {}", text, shown(*origin.evidence));
}

std::string handed_over_text(const index::Origin& origin) {
  if (!origin.first_untrusted_trust) return {};
  return fmt::format("{}; {}", origin.first_untrusted_ip.value_or("a peer whose address is not written"),
                     witnesses(*origin.first_untrusted_trust));
}

std::vector<std::pair<std::string_view, std::string>> place_lines(const index::Place& place) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  if (place.asn) {
    lines.emplace_back("network", fmt::format("{} ({})", network_of(place), shown(*place.asn_basis)));
  }
  if (place.country) {
    lines.emplace_back(
        "country", fmt::format("network registered in {} ({})", *place.country, shown(*place.country_basis)));
  }
  std::vector<std::string> spot;
  if (place.city) spot.push_back(shown(*place.city));
  if (place.accuracy_km) {
    spot.push_back(
        fmt::format("{:.4f}, {:.4f} within {} km", *place.latitude, *place.longitude, *place.accuracy_km));
  }
  if (!spot.empty())
    lines.emplace_back("city", fmt::format("{} ({})", fmt::join(spot, ", "), shown(*place.city_basis)));
  return lines;
}

}  // namespace mailspoor::cli
