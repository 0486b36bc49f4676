#include "deliver/state_cache.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "deliver/base/hex.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/journal_line.hpp"

// {"schema":3,"folders":[{"folder":".Archive","offset":812,"before_offset":"7b22...","unlisted":"","seen":"2024-03-05T10:00:02Z",
//   "epochs":[{"uid_validity":1,"stored":"1:9","absent":"10","holes":"11","accepted":"","deleted":"","knows_files":true,
//    "names":[["0123456789abcdef",1,812]],"synced":{"event":"synced",...}}]}]}
namespace mailspoor::deliver {
namespace {

using nlohmann::json;

constexpr int kSchema = 3;

std::optional<EpochState> parse_epoch(const json& object) {
  auto stored = base::parse_sequence_set(object.at("stored").get<std::string>());
  auto absent = base::parse_sequence_set(object.at("absent").get<std::string>());
  auto holes = base::parse_sequence_set(object.at("holes").get<std::string>());
  auto accepted = base::parse_sequence_set(object.at("accepted").get<std::string>());
  auto deleted = base::parse_sequence_set(object.at("deleted").get<std::string>());
  if (!stored || !absent || !holes || !accepted || !deleted) return std::nullopt;
  EpochState epoch{.stored = std::move(*stored),
                   .absent = std::move(*absent),
                   .holes = std::move(*holes),
                   .accepted = std::move(*accepted),
                   .synced = std::nullopt,
                   .deleted = std::move(*deleted),
                   .names = {},
                   .knows_files = object.at("knows_files").get<bool>()};
  for (const auto& name : object.at("names")) {
    const auto hash = base::maildrop_hash(name.at(0).get<std::string>());
    if (!hash) return std::nullopt;
    auto& entry = epoch.names.emplace_back();
    entry = {*hash, name.at(1).get<std::uint32_t>(), {}};
    if (!name.at(2).is_null()) entry.size = name.at(2).get<std::uint64_t>();
  }
  if (const auto& synced = object.at("synced"); !synced.is_null()) {
    const auto event = parse_journal_line(synced.dump());
    if (!event || !std::holds_alternative<SyncedEvent>(*event)) return std::nullopt;
    epoch.synced = std::get<SyncedEvent>(*event);
  }
  return epoch;
}

std::optional<FolderState> parse_folder(const json& object) {
  FolderState state;
  state.offset = object.at("offset").get<std::uint64_t>();
  const auto before = base::from_hex(object.at("before_offset").get<std::string>());
  if (!before) return std::nullopt;
  state.before_offset = *before;
  state.unlisted = object.at("unlisted").get<std::string>();
  state.seen = object.at("seen").get<std::string>();
  for (const auto& item : object.at("epochs")) {
    auto epoch = parse_epoch(item);
    if (!epoch) return std::nullopt;
    state.epochs.emplace(item.at("uid_validity").get<std::uint32_t>(), std::move(*epoch));
  }
  return state;
}

}  // namespace

std::string to_json(const FolderStates& states) {
  base::JsonWriter out;
  out.begin_object().member("schema", kSchema).key("folders").begin_array();
  for (const auto& [folder, state] : states) {
    out.begin_object()
        .member("folder", folder)
        .member("offset", state.offset)
        .member("before_offset", base::to_hex(state.before_offset))
        .member("unlisted", state.unlisted)
        .member("seen", state.seen)
        .key("epochs")
        .begin_array();
    for (const auto& [uid_validity, epoch] : state.epochs) {
      out.begin_object()
          .member("uid_validity", uid_validity)
          .member("stored", base::to_sequence_set(epoch.stored))
          .member("absent", base::to_sequence_set(epoch.absent))
          .member("holes", base::to_sequence_set(epoch.holes))
          .member("accepted", base::to_sequence_set(epoch.accepted))
          .member("deleted", base::to_sequence_set(epoch.deleted))
          .member("knows_files", epoch.knows_files);
      out.key("names").begin_array();
      for (const auto& [hash, uid, size] : epoch.names) {
        out.begin_array().value(base::to_hex(hash)).value(uid);
        if (size) {
          out.value(*size);
        } else {
          out.null();
        }
        out.end_array();
      }
      out.end_array().key("synced");
      if (epoch.synced) {
        out.literal(to_journal_line(*epoch.synced));
      } else {
        out.null();
      }
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return out.take();
}

FolderStates parse_folder_states(std::string_view text) {
  FolderStates states;
  try {
    const auto object = json::parse(text);
    if (object.at("schema").get<int>() != kSchema) return {};
    for (const auto& folder : object.at("folders")) {
      auto state = parse_folder(folder);
      if (!state) return {};
      states.emplace(folder.at("folder").get<std::string>(), std::move(*state));
    }
  } catch (const json::exception&) {
    return {};
  }
  return states;
}

FolderStates read_state_cache(const Directory& directory, const std::string& account) {
  const auto name = account + ".json";
  const auto file = directory.find_file(name);
  if (!file) return {};
  const auto path = directory.path_of(name);
  return parse_folder_states(read_at(file->get(), 0, file_size(file->get(), path), path));
}

void write_state_cache(const Directory& directory, const std::string& account, const FolderStates& states) {
  directory.replace_file(account + ".json", to_json(states) + '\n', Directory::Durability::unsynced);
}

}  // namespace mailspoor::deliver
