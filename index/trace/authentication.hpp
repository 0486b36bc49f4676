#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/trace/authentication_results.hpp"
#include "index/trace/domain.hpp"

namespace mailspoor::index {

/// What a DKIM-Signature says of itself, and what is known of the key that it was verified with.
struct SignatureFacts {
  std::string algorithm;                ///< `rsa-sha256`.
  std::string canonicalization;         ///< `relaxed/simple`: header, body.
  std::optional<std::string> identity;  ///< `i=`.
  std::optional<std::int64_t> timestamp;
  std::optional<std::int64_t> expiration;
  std::optional<std::uint64_t> body_length;  ///< `l=`.
  bool has_body_hash = false;
  /// From, To, Subject, Date, Message-ID: which are covered and which are not.
  std::vector<std::string> signed_fields;
  std::vector<std::string> unsigned_fields;
  std::vector<std::string> weaknesses;
  std::optional<std::string> key_source;
  std::optional<std::string> key_date;
};

/// Where an entry of `authentication` comes from.
enum class AuthenticationSource {
  authentication_results,      ///< A server that received the message.
  received_spf,                ///< The same.
  arc_authentication_results,  ///< What a handler on the way says to have seen.
  arc_seal,                    ///< What a handler says of the handlers before it.
  dkim_signature,              ///< The signature itself, verified here or not.
};

/// One entry of `authentication` of the message object.
struct Authentication {
  std::string method;                 ///< `dkim`, `spf`, `dmarc`, `arc`, `iprev` ...
  std::optional<std::string> result;  ///< nullopt: not verified, since no key is at hand.
  std::optional<std::string> domain;  ///< That was authenticated: d=, of the envelope sender, of From.
  std::optional<std::string> selector;
  AuthenticationSource source_kind = AuthenticationSource::authentication_results;
  std::string source;  ///< For people: `Authentication-Results: mx.example.org`.
  /// Who says so: authserv-id, or the receiver of Received-SPF; nullopt where none is written.
  std::optional<std::string> authserv_id;
  std::size_t position = 0;  ///< Of the field among the header fields, the top one 0.
  bool is_trusted = false;   ///< By judge_trust(), or verified here.
  std::optional<std::uint32_t> arc_instance;
  std::optional<Alignment> alignment;  ///< Of `domain` with From; nullopt if From has not exactly one domain.
  std::optional<std::string> ip;       ///< Of the peer, canonical text.
  std::optional<std::string> helo;
  std::optional<std::string> reason;
  std::optional<std::string> comment;
  std::optional<std::string> text;  ///< Our own verdict, for people.
  std::vector<AuthenticationProperty> properties;
  std::optional<SignatureFacts> signature;
};

}  // namespace mailspoor::index
