#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/account.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// A connection that libcurl made: proxy, TCP, TLS with its checks; then it only carries octets
/// (CURLOPT_CONNECT_ONLY). Where TLS comes by STARTTLS, it has read the greeting and asked for the
/// capabilities, too; otherwise it is spared that round trip, and told that the server is one of HTTPS, for
/// which it does nothing more. It is told no user and no password.
class CurlTransport : public Transport {
 public:
  /// @throws NetworkError, CertificateError, ProtocolError, SettingError.
  explicit CurlTransport(const AccountOptions& options);
  ~CurlTransport() override;

  std::size_t read(std::span<char> buffer) override;
  void write(std::string_view octets) override;
  void close() noexcept override;
  bool is_encrypted() const noexcept override;
  bool is_in_step() const noexcept override;
  const std::vector<std::string>& connect_lines() const noexcept override;

 private:
  struct Connection;
  void take_greeting(Protocol protocol);
  std::size_t receive(std::span<char> buffer);
  void wait_for(short events);
  void fail(std::string_view what, int code) const;

  std::unique_ptr<Connection> connection_;
  std::string peer_;
};

/// Whether settings allow what is said in the clear: Tls::none to this very machine, or with allow_cleartext.
/// @throws SettingError if they do not.
void check_cleartext(const AccountOptions& options);

}  // namespace mailspoor::fetch
