#include "fetch/fetcher.hpp"

#include <openssl/rand.h>

#include <array>
#include <utility>

#include "fetch/error.hpp"
#include "fetch/imap/engine.hpp"

namespace mailspoor::fetch {
namespace {

/// Twelve letters: nobody who sends a message can know them, so that no mail can hold a line with our tag.
std::string random_tag_prefix() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEF";  // 32: no bias
  std::array<unsigned char, 12> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
    throw NetworkError{"OpenSSL has no random octets"};
  }
  std::string prefix;
  for (const unsigned char octet : octets) prefix += kLetters[octet % kLetters.size()];
  return prefix;
}

}  // namespace

class Fetcher::Impl : public imap::Engine {
 public:
  using Engine::Engine;
};

Fetcher::Fetcher(std::unique_ptr<Transport> transport, const AccountOptions& options,
                 const Credentials& credentials, spdlog::logger& log)
    : impl_{std::make_unique<Impl>(std::move(transport), options, credentials, random_tag_prefix(), log)} {}
Fetcher::~Fetcher() = default;
Fetcher::Fetcher(Fetcher&&) noexcept = default;

const ServerIdentity& Fetcher::identity() const noexcept { return impl_->identity(); }
std::vector<MailboxPlan> Fetcher::list() { return impl_->list(); }
FetchReport Fetcher::fetch(AccountSink& sink, FetchObserver& observer) {
  return impl_->fetch(sink, observer);
}

}  // namespace mailspoor::fetch
