#pragma once

#include "deliver/base/json_writer.hpp"
#include "index/trace/authentication.hpp"

namespace mailspoor::cli {

/// One entry of `authentication` of the message object.
void authentication_object(base::JsonWriter& json, const index::Authentication& entry);

}  // namespace mailspoor::cli
