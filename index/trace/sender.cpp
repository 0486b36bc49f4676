#include "index/trace/sender.hpp"

#include <iterator>
#include <utility>
#include <vector>

#include "index/trace/client.hpp"
#include "index/trace/hidden_times.hpp"
#include "index/trace/name_tricks.hpp"
#include "index/trace/sender_facts.hpp"

namespace mailspoor::index {

void read_sender(std::span<const HeaderField> fields, MessageObject& message) {
  const auto add = [&](std::vector<Finding> more) {
    message.findings.insert(message.findings.end(), std::move_iterator{more.begin()},
                            std::move_iterator{more.end()});
  };
  message.sender_facts = sender_facts(fields, message.summary);
  add(sender_findings(message.sender_facts, message.summary));
  add(name_findings(message.summary.from));
  auto reading = read_client(fields, message.summary);
  message.client = std::move(reading.client);
  if (reading.mismatch) add({std::move(*reading.mismatch)});
  message.hidden_times = hidden_times(fields, message);
}

}  // namespace mailspoor::index
