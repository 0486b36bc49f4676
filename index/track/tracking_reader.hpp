#pragma once

#include <span>
#include <string>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"
#include "index/track/html_reader.hpp"
#include "index/track/trackers.hpp"
#include "index/track/tracking.hpp"

namespace mailspoor::index {

/// What a message is judged by. Everything is lent.
struct TrackingSource {
  std::span<const HeaderField> fields;  ///< Of the message's own header section.
  std::span<const HtmlReading> html;    ///< Of its HTML parts.
  std::span<const TextPart> texts;      ///< Of its text parts: their URLs are links where there is no HTML.
  std::span<const std::string> recipients;  ///< Addresses.
  std::span<const std::string> enclosed{};  ///< URLs whose content is part of the message (Content-Location).
};

/// Messages with more links, or more resources, are cut. Newsletters have some hundreds.
inline constexpr std::size_t kMaxTrackedUrls = 20'000;
/// Of all of them: a short reference is as long as its base.
inline constexpr std::size_t kMaxTrackedOctets = std::size_t{16} << 20U;

/// Reads what a message reports about its recipient. `report` is left to the reader of its parts.
///
/// A pixel is a distinct URL with at least one of the reasons. Size and visibility count only where nothing
/// visible loads the same URL. An image of 1x1 without a token, whose name does not say that it counts, is a
/// spacer, and no pixel, if it is loaded more than twice, or lies on the host of visible pictures.
/// @param trackers  nullptr: the built-in ones, which are not read in before a message has a URL.
Tracking read_tracking(const TrackingSource& source, const TrackerTable* trackers = nullptr);

/// What read_tracking() found in a message, without what it made of it.
struct TrackedContent {
  std::vector<RemoteResource>
      resources;                   ///< In their order. Of their URLs only the one that was found counts.
  std::vector<std::string> links;  ///< As found.
  bool has_little_text = false;    ///< See recon_probe.hpp.
};

/// Judges the same content again, by another table or for other recipients, as read_tracking() would.
Tracking judge_tracking(TrackedContent content, std::span<const HeaderField> fields,
                        std::span<const std::string> recipients, const TrackerTable* trackers = nullptr);

/// The addresses of the fields Delivered-To, X-Original-To and Envelope-To.
std::vector<std::string> envelope_recipients(std::span<const HeaderField> fields);

}  // namespace mailspoor::index
