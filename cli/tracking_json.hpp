#pragma once

#include "deliver/base/json_writer.hpp"
#include "index/track/tracking.hpp"

namespace mailspoor::cli {

/// `tracking` of the message object.
void tracking_object(base::JsonWriter& json, const index::Tracking& tracking);

}  // namespace mailspoor::cli
