#pragma once

#include <string_view>
#include <vector>

#include "index/track/url.hpp"

namespace mailspoor::index {

/// Whether a query holds what looks like the number of a recipient or a message: six digits, or eight signs
/// of letters and digits mixed. Parameters of versions, fonts, sizes and moments are none.
bool has_identifier(std::string_view query);

/// Whether nothing in a URL tells one copy of a message from another: its query holds versions only, and its
/// file's name is a word. Folders are not looked at.
bool is_static_file(const Url& url);

/// The folders of a path that look like such a number: letters and digits in turns, or ten digits. They view
/// the URL.
std::vector<std::string_view> folder_tokens(const Url& url);
/// Whether the last segment of a path does, and names no file of a type.
bool is_token_at_end(const Url& url);
/// Whether a label of the host does.
bool has_host_token(const Url& url);

/// Whether a file's name says that it counts who loads it: `tracker0802.gif`, `beacon.png`.
bool is_counter_by_name(const Url& url);

}  // namespace mailspoor::index
