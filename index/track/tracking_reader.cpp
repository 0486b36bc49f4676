#include "index/track/tracking_reader.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/message/address_list.hpp"
#include "index/track/leaks.hpp"
#include "index/track/receipts.hpp"
#include "index/track/redirectors.hpp"
#include "index/track/token.hpp"
#include "index/track/url.hpp"
#include "index/track/url_wrappers.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// A URL as a message names it, and what it stands for.
struct TrackedUrl {
  Url url;
  std::optional<Wrapping> wrapping;

  const Url& original() const { return wrapping && wrapping->original ? *wrapping->original : url; }
  std::optional<std::string> wrapped_by() const {
    return wrapping ? std::optional{wrapping->product} : std::nullopt;
  }
};

TrackedUrl tracked_url(Url url) {
  auto wrapping = unwrap(url);
  return {std::move(url), std::move(wrapping)};
}

/// All loads of one URL.
struct Load {
  TrackedUrl url;
  RemoteResource resource;
};

bool is_image(ResourceKind kind) {
  return kind == ResourceKind::image || kind == ResourceKind::background || kind == ResourceKind::svg ||
         kind == ResourceKind::vml;
}

/// What is not drawn where it stands has no size, and neither shows nor hides anything.
bool is_drawn(const HtmlResource& resource) {
  return resource.is_drawn && resource.kind != ResourceKind::css && resource.kind != ResourceKind::font;
}

bool is_small(const HtmlResource& resource) {
  return resource.width && resource.height && *resource.width <= 1 && *resource.height <= 1;
}

/// The URLs of a text: from `http://` up to a blank or a quote, without the punctuation of the sentence.
template <typename Take>
void each_url(std::string_view text, Take take) {
  constexpr std::string_view kEnds = " \t\r\n<>\"`{}|\\^";
  constexpr std::string_view kPunctuation = ".,;:!?'*_]";
  for (auto colon = text.find("://"); colon != std::string_view::npos; colon = text.find("://", colon + 3)) {
    auto begin = colon;
    for (const std::string_view scheme : {"http", "https"}) {
      if (colon >= scheme.size() &&
          equal_ignoring_case(text.substr(colon - scheme.size(), scheme.size()), scheme))
        begin = colon - scheme.size();
    }
    if (begin == colon) continue;
    auto url = text.substr(begin, text.substr(begin, kMaxUrlOctets).find_first_of(kEnds));
    while (!url.empty() && (kPunctuation.find(url.back()) != std::string_view::npos ||
                            (url.back() == ')' && url.find('(') == std::string_view::npos)))
      url.remove_suffix(1);
    take(url);
    colon = std::max(colon, begin + url.size()) - 3;
  }
}

class TrackingReader {
 public:
  TrackingReader(std::span<const std::string> recipients, const TrackerTable* trackers)
      : recipients_{recipients}, trackers_{trackers} {}

  /// Lets these URLs load nothing: the message holds what they name.
  void pass_over(std::span<const std::string> urls) {
    for (const auto& text : urls) {
      if (const auto url = parse_url(text)) enclosed_.insert(comparison_key(*url));
    }
  }

  void take(std::span<const HtmlReading> html, std::span<const TextPart> texts) {
    for (const auto& reading : html) take_html(reading);
    if (!html.empty()) return;
    for (const auto& part : texts) {
      if (part.media_type != "text/html")
        each_url(part.text, [&](std::string_view url) { take_link(parse_url(url)); });
    }
  }

  void take(TrackedContent content) {
    for (auto& resource : content.resources) {
      if (auto url = parse_whole_url(resource.url_as_found())) load_of(std::move(*url), std::move(resource));
    }
    for (const auto& link : content.links) {
      if (auto url = parse_whole_url(link)) add_link(std::move(*url));
    }
  }

  Tracking judged(std::span<const HeaderField> fields) {
    note_visible_pictures();
    for (const auto& load : loads_) judge(load);
    tracking_.tracked_hosts.assign(tracked_hosts_.begin(), tracked_hosts_.end());
    tracking_.read_receipt = read_receipt(fields);
    tracking_.is_one_click_unsubscribe = is_one_click_unsubscribe(fields);
    return std::move(tracking_);
  }

 private:
  // Most messages of people have no URL, and need neither.
  const TrackerTable& trackers() {
    if (trackers_ == nullptr) trackers_ = &built_in_trackers();
    return *trackers_;
  }
  const LeakFinder& leaks() {
    if (!leaks_) leaks_.emplace(recipients_);
    return *leaks_;
  }

  void defect(std::string_view text) {
    if (std::find(tracking_.defects.begin(), tracking_.defects.end(), text) == tracking_.defects.end())
      tracking_.defects.emplace_back(text);
  }

  /// For one more URL beside so many.
  bool has_room(std::size_t count, std::string_view excess) {
    if (count < kMaxTrackedUrls && url_octets_ < kMaxTrackedOctets) return true;
    defect(count < kMaxTrackedUrls ? "more than 16 MiB of URLs: the rest was not read" : excess);
    return false;
  }

  void take_html(const HtmlReading& reading) {
    constexpr std::size_t kMaxBaseOctets = 4'000;  // each reference is as long as its base, and more
    std::optional<Url> base;
    if (reading.base_url.size() > kMaxBaseOctets) {
      defect("a base URL of more than 4,000 octets was passed over");
    } else {
      base = parse_url(reading.base_url);
    }
    for (const auto& resource : reading.resources) take_resource(resource, base ? &*base : nullptr);
    for (const auto& link : reading.links) take_link(parse_url(link.url, base ? &*base : nullptr));
  }

  void take_resource(const HtmlResource& found, const Url* base) {
    auto url = parse_url(found.url, base);
    if (!url || !has_possible_host(*url)) return;
    auto key = comparison_key(*url);
    if (enclosed_.count(key) > 0) return;
    const auto [place, is_new] = places_.emplace(std::move(key), loads_.size());
    if (is_new) {
      if (!has_room(loads_.size(), "more than 20,000 remote resources: the rest was not read")) {
        places_.erase(place);
        return;
      }
      RemoteResource resource;
      resource.kind = found.kind;
      resource.element = base::to_valid_utf8(found.element);
      resource.width = found.width;
      resource.height = found.height;
      resource.is_background = true;
      resource.uses = 0;
      load_of(std::move(*url), std::move(resource));
    }
    add_use(found, loads_[place->second].resource);
  }

  /// @param resource  How it is loaded; all else is made from the URL.
  void load_of(Url found, RemoteResource resource) {
    Load load{tracked_url(std::move(found)), std::move(resource)};
    const auto& original = load.url.original();
    load.resource.url = to_text(original);
    load.resource.host = original.host;
    load.resource.wrapped_by = load.url.wrapped_by();
    load.resource.wrapped_url.reset();
    if (load.url.wrapping) {
      ++tracking_.wrapped;
      if (load.url.wrapping->original) load.resource.wrapped_url = to_text(load.url.url);
    }
    url_octets_ += load.resource.url_as_found().size();
    loads_.push_back(std::move(load));
  }

  static void add_use(const HtmlResource& found, RemoteResource& resource) {
    ++resource.uses;
    const bool is_use_small = is_drawn(found) && is_small(found);
    const bool is_use_hidden = is_drawn(found) && found.is_hidden;
    if (is_use_small) {
      resource.width = found.width;
      resource.height = found.height;
    }
    if (found.width || found.height) resource.has_size = true;
    resource.is_any_small = resource.is_any_small || is_use_small;
    resource.is_any_hidden = resource.is_any_hidden || is_use_hidden;
    // Only a picture can be seen: whoever plays the same URL as a sound hides no pixel behind it.
    const bool is_use_visible = is_image(found.kind) && is_drawn(found) && !is_use_small && !is_use_hidden;
    resource.is_any_visible = resource.is_any_visible || is_use_visible;
    resource.is_background = resource.is_background && found.is_background;
  }

  void take_link(std::optional<Url> found) {
    if (!found) return;
    if (has_room(tracking_.links.size(), "more than 20,000 links: the rest was not read"))
      add_link(std::move(*found));
  }

  void add_link(Url found) {
    const auto url = tracked_url(std::move(found));
    const auto& original = url.original();
    Link link;
    link.url = to_text(url.url);
    url_octets_ += link.url.size();
    link.host = original.host;
    link.wrapped_by = url.wrapped_by();
    if (url.wrapping) ++tracking_.wrapped;
    if (url.wrapping && url.wrapping->original) link.unwrapped = to_text(original);
    if (const auto* row = trackers().click_endpoint(original)) {
      link.is_tracked = row->strength != Tracker::Strength::weak;
      if (link.is_tracked) tracked_hosts_.insert(link.host);
      if (link.is_tracked && !row->is_generic()) link.vendor = row->vendor;
      if (auto target = redirect_target(original)) {
        link.target = to_text(*target);
        link.target_host = std::move(target->host);
      }
    }
    find_leaks(url, link.url, Leak::Where::link);
    tracking_.links.push_back(std::move(link));
  }

  void find_leaks(const TrackedUrl& url, const std::string& shown, Leak::Where where) {
    const auto find = [&](const std::string& host, std::string_view text) {
      for (const auto& found : leaks().find(text)) {
        if (!known_leaks_.emplace(shown, host, found.encoding, where).second) continue;
        tracking_.leaks.push_back({shown, host, to_text(found.encoding), where, recipients_[found.address]});
      }
    };
    if (url.wrapping) {
      for (const auto& layer : url.wrapping->layers) find(layer.host, layer.text);
    }
    if (!url.wrapping || url.wrapping->original) find(url.original().host, to_text(url.original()));
  }

  bool has_leak(const TrackedUrl& url) { return !leaks().find(to_text(url.original())).empty(); }

  void note_visible_pictures() {
    for (const auto& load : loads_) {
      if (!is_image(load.resource.kind) || !load.resource.is_any_visible) continue;
      picture_hosts_.insert(load.resource.host);
      for (const auto folder : folder_tokens(load.url.original())) picture_folders_.emplace(folder);
    }
  }

  /// Whether a 1x1 image serves the layout: a file of the sender's pictures, or one that is used again and
  /// again, the same in every copy of the message. Folders of visible pictures tell nothing that those do
  /// not.
  bool is_spacer(const Load& load) {
    constexpr std::size_t kManyUses = 3;
    const auto& url = load.url.original();
    if (!is_static_file(url) || is_counter_by_name(url)) return false;
    for (const auto folder : folder_tokens(url)) {
      if (picture_folders_.count(folder) == 0) return false;
    }
    if (picture_hosts_.count(url.host) == 0 && (load.resource.uses < kManyUses || has_host_token(url)))
      return false;
    return !has_leak(load.url);
  }

  /// Whether what is no image is loaded by a URL that is of this copy of the message only.
  bool is_of_one_copy(const Load& load) {
    const auto& url = load.url.original();
    return (url.query && has_identifier(*url.query)) || !folder_tokens(url).empty() || is_token_at_end(url) ||
           has_leak(load.url);
  }

  bool is_known_endpoint(const Load& load, const Tracker& row) {
    const bool is_tiny = load.resource.is_small() || load.resource.is_hidden();
    switch (row.strength) {
      case Tracker::Strength::strong:
        return true;
      case Tracker::Strength::medium:
        // The shape that many use tells no more of a tiny image than its size does.
        return row.is_generic() ? is_image(load.resource.kind) && !load.resource.is_background && !is_tiny &&
                                      !load.resource.has_size
                                : is_tiny || !load.resource.has_size;
      case Tracker::Strength::weak:
        return !row.is_generic() && (is_tiny || (!load.resource.has_size && has_leak(load.url)));
    }
    return false;
  }

  void judge(const Load& load) {
    const auto& resource = load.resource;
    const auto& url = load.url.original();
    const auto* row = trackers().open_endpoint(url);
    const bool is_known = row != nullptr && is_known_endpoint(load, *row);
    std::vector<PixelReason> reasons;
    if (is_known) reasons.push_back(PixelReason::known_vendor);
    if (resource.is_background && (resource.is_small() || row != nullptr))
      reasons.push_back(PixelReason::css_background);
    if (resource.is_hidden()) reasons.push_back(PixelReason::hidden);
    if (resource.is_small()) reasons.push_back(PixelReason::size);
    if (!is_image(resource.kind) && (row != nullptr || is_of_one_copy(load)))
      reasons.push_back(PixelReason::other);
    const bool is_only_small = reasons == std::vector{PixelReason::size} ||
                               reasons == std::vector{PixelReason::css_background, PixelReason::size};
    const bool is_evidence = row != nullptr && row->strength != Tracker::Strength::weak;
    const bool is_pixel = !reasons.empty() && !(is_only_small && !is_evidence && is_spacer(load));
    if (is_pixel) {
      std::optional<std::string> vendor;
      if (is_known && !row->is_generic()) vendor = row->vendor;
      tracking_.pixels.push_back({resource.url, resource.host, std::move(vendor), std::move(reasons),
                                  resource.width, resource.height, tracking_.remote.size()});
    } else if (is_only_small) {
      tracking_.spacers.push_back(resource);
    }
    find_leaks(load.url, resource.url, is_pixel ? Leak::Where::pixel : Leak::Where::remote);
    tracking_.remote.push_back(resource);
  }

  std::span<const std::string> recipients_;
  const TrackerTable* trackers_;
  std::optional<LeakFinder> leaks_;
  Tracking tracking_;
  std::vector<Load> loads_;
  std::map<std::string, std::size_t> places_;  ///< By comparison key.
  std::set<std::string> enclosed_;             ///< The same.
  std::size_t url_octets_ = 0;
  std::set<std::string> picture_hosts_;
  std::set<std::string, std::less<>> picture_folders_;
  std::set<std::string> tracked_hosts_;
  std::set<std::tuple<std::string, std::string, LeakEncoding, Leak::Where>> known_leaks_;
};

}  // namespace

Tracking read_tracking(const TrackingSource& source, const TrackerTable* trackers) {
  TrackingReader reader{source.recipients, trackers};
  reader.pass_over(source.enclosed);
  reader.take(source.html, source.texts);
  return reader.judged(source.fields);
}

Tracking judge_tracking(TrackedContent content, std::span<const HeaderField> fields,
                        std::span<const std::string> recipients, const TrackerTable* trackers) {
  TrackingReader reader{recipients, trackers};
  const bool has_little_text = content.has_little_text;
  reader.take(std::move(content));
  auto tracking = reader.judged(fields);
  tracking.has_little_text = has_little_text;
  return tracking;
}

std::vector<std::string> envelope_recipients(std::span<const HeaderField> fields) {
  constexpr std::array<std::string_view, 3> kNames{"Delivered-To", "X-Original-To", "Envelope-To"};
  std::vector<std::string> recipients;
  for (const auto& field : fields) {
    const bool is_wanted = std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
      return equal_ignoring_case(field.name, name);
    });
    if (!is_wanted || recipients.size() >= kMaxAddresses) continue;
    for (auto& address : parse_address_list(field.body, kMaxAddresses - recipients.size()).addresses) {
      if (address.addr_spec.find('@') != std::string::npos)
        recipients.push_back(std::move(address.addr_spec));
    }
  }
  return recipients;
}

}  // namespace mailspoor::index
