#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "index/message_object.hpp"
#include "index/trace/network.hpp"

// What one hop tells when it is looked at alone.
namespace mailspoor::index {

/// The peer's address; nullopt too for one that no host has, such as 0.0.0.0: some proxy stood in front, and
/// the peer is as unknown as where nothing is written.
std::optional<IpOctets> peer_of(const Hop& hop);

bool is_public(const std::optional<IpOctets>& address);

/// fetchmail and getmail: the peer is the mailbox server, which the message had reached long before.
bool is_mail_fetch(const Hop& hop);

/// A line that qmail writes of its own processes.
bool is_local_line(const Hop& hop);

bool is_localhost(const std::optional<std::string>& host);

/// A log-in, or HTTP.
bool is_submission(const Hop& hop);

/// A protocol word that stands for a transmission without TLS, and nothing else about TLS.
bool is_cleartext(const Hop& hop);

/// Whether a host outside may have handed the message in although no address is written: a client is named,
/// and the protocol is none of those that only neighbours speak (LMTP, pick-up, HTTP and Exchange's own).
bool hides_peer(const Hop& hop);

/// A hop within a server farm that names neither a client nor itself but by a private address: Google's
/// `by 2002:a05:... with SMTP`, whose 6to4 network (RFC 3056) is that of 10.5.0.0.
bool is_inner_line(const Hop& hop);

/// The name that the server looked up for its peer, unless it noted that it may be forged.
std::optional<std::string> looked_up_name(const Hop& hop);

/// The registrable domain of a host name; nullopt where there is none.
std::optional<std::string> domain_of_host(const std::optional<std::string>& host);

/// The address literal that a name is, such as `[192.0.2.1]`.
std::optional<IpOctets> literal_of(const std::optional<std::string>& name);

}  // namespace mailspoor::index
