#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "index/track/resource_kind.hpp"

// What a message reports about its recipient. No URL is ever fetched, resolved or followed.
namespace mailspoor::index {

/// Why a resource is a tracking pixel; the first that holds is its class.
enum class PixelReason : std::uint8_t {
  known_vendor,    ///< A known open endpoint.
  css_background,  ///< A background of an element of at most 1x1, or shaped like an open endpoint.
  hidden,          ///< The element or one around it is invisible.
  size,            ///< Both sides are at most 1 pixel.
  other,           ///< No image, and identifies the recipient or is shaped like an open endpoint.
};

/// `known-vendor`, `css-background`, `hidden`, `size` or `other`.
constexpr std::string_view to_text(PixelReason reason) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"known-vendor", "css-background", "hidden", "size",
                                                   "other"};
  return kNames[static_cast<std::size_t>(reason)];
}

inline constexpr std::array<std::string_view, 9> kResourceKindNames{
    "image", "background", "css", "font", "media", "frame", "svg", "vml", "other"};

constexpr std::string_view to_text(ResourceKind kind) noexcept {
  return kResourceKindNames[static_cast<std::size_t>(kind)];
}
/// By its text; `other` for any other word.
constexpr ResourceKind resource_kind(std::string_view text) noexcept {
  std::size_t index = 0;
  while (index + 1 < kResourceKindNames.size() && kResourceKindNames[index] != text) ++index;
  return static_cast<ResourceKind>(index);
}

/// A distinct http or https URL that displaying the message can fetch. `url` and `host` are those that an
/// image proxy stands for, where they can be read.
struct RemoteResource {
  std::string url;
  std::string host;
  ResourceKind kind = ResourceKind::other;
  std::string element;  ///< `img`, `td` ...
  std::optional<std::string> wrapped_by;
  std::optional<std::string> wrapped_url;  ///< As found, where that is not `url`.
  std::optional<double> width;             ///< As rendered, in CSS pixels; of the smallest that loads it.
  std::optional<double> height;
  std::size_t uses = 1;         ///< How often it is loaded.
  bool is_background = false;   ///< Everywhere it is loaded.
  bool is_any_visible = false;  ///< Of its uses any is, any is small or hidden, any says a size.
  bool is_any_small = false;
  bool is_any_hidden = false;
  bool has_size = false;

  const std::string& url_as_found() const { return wrapped_url ? *wrapped_url : url; }
  bool is_small() const { return is_any_small && !is_any_visible; }
  bool is_hidden() const { return is_any_hidden && !is_any_visible; }
  bool operator==(const RemoteResource&) const = default;
};

struct Pixel {
  std::string url;
  std::string host;
  std::optional<std::string> vendor;
  std::vector<PixelReason> reasons;  ///< In their order, at least one.
  std::optional<double> width;
  std::optional<double> height;
  std::size_t resource = 0;  ///< Place in `remote`.
  bool operator==(const Pixel&) const = default;
};

struct Link {
  std::string url;                       ///< As found.
  std::optional<std::string> unwrapped;  ///< What a receiver's rewriter hid, where it can be undone offline.
  std::string host;                      ///< Of `unwrapped`, else of `url`.
  std::optional<std::string> vendor;     ///< Of the click redirector.
  bool is_tracked = false;               ///< It is a click redirector of a sending platform.
  std::optional<std::string> wrapped_by;
  std::optional<std::string> target;  ///< Where a click redirector leads, where its URL says so.
  std::optional<std::string> target_host{};
  bool operator==(const Link&) const = default;
};

/// An address of the recipient in a URL.
struct Leak {
  enum class Where : std::uint8_t { pixel, remote, link };
  std::string url;            ///< Of the pixel, resource or link.
  std::string host;           ///< Who is told: of the URL, or of a rewriter around it.
  std::string_view encoding;  ///< A constant: `plain`, `percent`, `base64` ...
  Where where = Where::remote;
  std::string address;
  bool operator==(const Leak&) const = default;
};

constexpr std::string_view to_text(Leak::Where where) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"pixel", "remote", "link"};
  return kNames[static_cast<std::size_t>(where)];
}

/// A message/disposition-notification (RFC 8098): what became of a message at its recipient's. Addresses are
/// without their type, `original_message_id` without angle brackets.
struct DispositionReport {
  std::optional<std::string> final_recipient;
  std::optional<std::string> original_recipient;
  std::optional<std::string> disposition;       ///< `displayed`, `deleted` ... in lower case, no modifier.
  std::optional<std::string> disposition_mode;  ///< `manual-action/MDN-sent-manually`
  std::optional<std::string> original_message_id;
  bool operator==(const DispositionReport&) const = default;
};

/// A message/delivery-status (RFC 3464).
struct DeliveryReport {
  struct Recipient {
    std::optional<std::string> final_recipient;
    std::optional<std::string> action;  ///< `failed`, `delayed`, `delivered` ... in lower case.
    std::optional<std::string> status;  ///< `5.1.1`
    bool operator==(const Recipient&) const = default;
  };
  std::optional<std::string> reporting_mta;  ///< Without its type.
  std::optional<std::string> original_envelope_id;
  std::vector<Recipient> recipients;
  bool operator==(const DeliveryReport&) const = default;
};

using Report = std::variant<DispositionReport, DeliveryReport>;

struct Tracking {
  std::vector<RemoteResource> remote;  ///< In the order of the message, as all lists.
  std::vector<Pixel> pixels;
  std::vector<RemoteResource> spacers;      ///< 1x1, but for the layout: they tell nothing. Also in `remote`.
  std::vector<Link> links;                  ///< One an element, duplicates kept.
  std::vector<std::string> tracked_hosts;   ///< Of the tracked links, sorted, each once.
  std::size_t wrapped = 0;                  ///< Links and resources that the receiving side rewrote.
  std::vector<Leak> leaks;                  ///< Each of (url, host, encoding, where) once.
  std::optional<std::string> read_receipt;  ///< Whom it asks to be told that it was read.
  bool is_one_click_unsubscribe = false;    ///< RFC 8058.
  std::optional<Report> report;
  bool has_little_text = false;  ///< See recon_probe.hpp.
  std::vector<std::string> defects;
};

}  // namespace mailspoor::index
