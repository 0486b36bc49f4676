#include "index/store/verdict_reader.hpp"

#include "index/store/compression.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kJudgedMessages = R"sql(
  SELECT basis, account, trail, trackers, (SELECT count(*) FROM message WHERE message.basis = basis.basis)
  FROM basis ORDER BY basis)sql";
constexpr std::string_view kMessages = R"sql(
  SELECT message, octets, has_little_text FROM message JOIN header_section USING (message)
  WHERE basis = ?1 AND message > ?2 ORDER BY message LIMIT 1000)sql";
constexpr std::string_view kResources = R"sql(
  SELECT url, kind, element, width, height, uses, is_background, is_any_visible, is_any_small, is_any_hidden, has_size
  FROM remote WHERE message = ?1 ORDER BY position)sql";
constexpr std::string_view kLinks = "SELECT url, elements FROM link WHERE message = ?1 ORDER BY position";

}  // namespace

std::vector<JudgedMessages> judged_messages(Database& db) {
  std::vector<JudgedMessages> judged;
  auto statement = db.prepare(kJudgedMessages);
  while (statement.step()) {
    judged.push_back({statement.integer(0),
                      std::string{statement.text(1)},
                      {std::string{statement.text(2)}, std::string{statement.text(3)}},
                      static_cast<std::uint64_t>(statement.integer(4))});
  }
  return judged;
}

VerdictReader::VerdictReader(Database& db)
    : messages_{db, kMessages}, resources_{db, kResources}, links_{db, kLinks} {}

std::vector<VerdictReader::Observations> VerdictReader::read_some(std::int64_t basis_row,
                                                                  std::int64_t after) {
  constexpr std::size_t kEnough = std::size_t{16} << 20U;
  std::vector<Observations> read;
  messages_.bind(basis_row, after);
  for (std::size_t octets = 0; octets < kEnough && messages_.step();) {
    Observations found{messages_.integer(0), decompressed(messages_.blob(1)), {}};
    found.content.has_little_text = messages_.integer(2) != 0;
    octets += found.header_section.size() + read_content(found);
    read.push_back(std::move(found));
  }
  messages_.reset();
  return read;
}

/// @return What it takes, roughly.
std::size_t VerdictReader::read_content(Observations& found) {
  std::size_t octets = 0;
  resources_.bind(found.message);
  while (resources_.step()) {
    RemoteResource resource;
    resource.url = resources_.text(0);
    resource.kind = resource_kind(resources_.text(1));
    resource.element = resources_.text(2);
    resource.width = resources_.maybe_real(3);
    resource.height = resources_.maybe_real(4);
    resource.uses = static_cast<std::size_t>(resources_.integer(5));
    resource.is_background = resources_.integer(6) != 0;
    resource.is_any_visible = resources_.integer(7) != 0;
    resource.is_any_small = resources_.integer(8) != 0;
    resource.is_any_hidden = resources_.integer(9) != 0;
    resource.has_size = resources_.integer(10) != 0;
    octets += resource.url.size();
    found.content.resources.push_back(std::move(resource));
  }
  links_.bind(found.message);
  while (links_.step()) {
    const auto elements = static_cast<std::size_t>(links_.integer(1));
    found.content.links.insert(found.content.links.end(), elements, std::string{links_.text(0)});
    octets += elements * links_.text(0).size();
  }
  return octets;
}

}  // namespace mailspoor::index
