#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fetch/deadlines.hpp"

namespace mailspoor::fetch {

/// What ties a log-in to one TLS connection (RFC 5056), so that nobody in between can pass it on.
struct ChannelBinding {
  enum class Type { none, tls_unique, tls_exporter };  ///< RFC 5929 §3 for TLS 1.2, RFC 9266 for 1.3.
  Type type = Type::none;
  std::string octets{};
};

/// A connection that carries octets both ways, blocking. All functions throw NetworkError.
class Transport {
 public:
  explicit Transport(std::chrono::seconds idle_timeout) : deadlines_{idle_timeout} {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Waits until there are octets, within the deadlines, and puts some into `buffer`.
  /// @return how many; 0 once the server has closed the connection.
  virtual std::size_t read(std::span<char> buffer) = 0;
  /// Writes all of `octets`.
  virtual void write(std::string_view octets) = 0;
  virtual void close() noexcept = 0;

  virtual bool is_encrypted() const noexcept = 0;
  /// The server's lines before the handover (greeting, capabilities), without line ends; where the connection
  /// is encrypted, only those that came encrypted: what was said before STARTTLS counts for nothing.
  virtual const std::vector<std::string>& connect_lines() const noexcept = 0;

  /// Whether what comes next begins a line, right behind connect_lines(). Otherwise libcurl has read on, and
  /// may have kept a part of what it read.
  virtual bool is_in_step() const noexcept { return false; }

  /// A transport on top of another one gives that one's.
  virtual Deadlines& deadlines() noexcept { return deadlines_; }
  const ChannelBinding& channel_binding() const noexcept { return channel_binding_; }
  /// Version and cipher suite, such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty where it is unknown or there
  /// is no TLS.
  const std::string& tls() const noexcept { return tls_; }

 protected:
  void set_channel_binding(ChannelBinding binding) { channel_binding_ = std::move(binding); }
  void set_tls(std::string words) { tls_ = std::move(words); }

 private:
  Deadlines deadlines_;
  ChannelBinding channel_binding_;
  std::string tls_;
};

}  // namespace mailspoor::fetch
