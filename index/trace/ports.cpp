#include "index/trace/ports.hpp"

#include <array>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

struct Service {
  std::string_view with;
  bool is_beginning;  ///< Of a family: `LMTP` stands for LMTPS and LMTPSA too.
  std::array<std::uint16_t, 2> ports;
  std::size_t count = 1;
};

constexpr std::array kServices{
    Service{"SMTP", false, {25}},       Service{"ESMTP", false, {25}},
    Service{"ESMTPS", false, {25}},     Service{"UTF8SMTP", false, {25}},
    Service{"UTF8SMTPS", false, {25}},  Service{"ESMTPA", false, {587}},
    Service{"UTF8SMTPA", false, {587}}, Service{"ESMTPSA", false, {587, 465}, 2},
    Service{"LMTP", true, {24}},        Service{"UTF8SMTPSA", false, {587, 465}, 2},
    Service{"UTF8LMTP", true, {24}},    Service{"HTTP", true, {443}},
    Service{"POP3", false, {110}},      Service{"POP3-SSL", false, {995}},
    Service{"IMAP", false, {143}},      Service{"IMAP4-SSL", false, {993}},
};

}  // namespace

std::span<const std::uint16_t> implied_ports(std::string_view with) {
  for (const auto& service : kServices) {
    const bool is_it = service.is_beginning ? base::starts_with_ignoring_case(with, service.with)
                                            : base::equal_ignoring_case(with, service.with);
    if (is_it) return std::span{service.ports}.first(service.count);
  }
  return {};
}

std::vector<Port> ports_of(std::span<const Hop> hops) {
  std::vector<Port> ports;
  for (std::size_t position = 0; position < hops.size(); ++position) {
    const auto& hop = hops[position];
    if (hop.from_port) ports.push_back({position, Port::Side::peer, *hop.from_port, Port::How::stated});
    // Of `via` only the web counts: `via TCP` says nothing, and `via Frontend Transport` is a name of
    // Microsoft's.
    const bool is_web = hop.via && base::starts_with_ignoring_case(*hop.via, "HTTP");
    for (const auto port : implied_ports(hop.with ? *hop.with : is_web ? *hop.via : std::string_view{}))
      ports.push_back({position, Port::Side::service, port, Port::How::implied});
  }
  return ports;
}

}  // namespace mailspoor::index
