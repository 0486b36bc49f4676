#include "index/trace/network.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

TEST(Networks, AreRangesOfAddresses) {
  const auto network = parse_network("192.0.2.77/24");
  ASSERT_TRUE(network);
  EXPECT_EQ(network->first, parse_ip_address("192.0.2.0"));
  EXPECT_EQ(network->last, parse_ip_address("192.0.2.255"));
  EXPECT_TRUE(network->contains(*parse_ip_address("192.0.2.0")));
  EXPECT_FALSE(network->contains(*parse_ip_address("192.0.3.0")));
  const auto one = parse_network("2001:db8::1");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->first, one->last);
  for (const char* const text : {"", "192.0.2.0/33", "192.0.2.0/", "192.0.2/24", "::/129", "::/-1", "::/1x"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(Addresses, AreOfAKind) {
  const struct {
    std::string_view address;
    AddressKind kind;
  } cases[] = {{"8.8.8.8", AddressKind::public_},
               {"203.0.113.7", AddressKind::public_},
               {"2001:db8::1", AddressKind::public_},
               {"::2", AddressKind::public_},
               {"127.255.0.1", AddressKind::loopback},
               {"::1", AddressKind::loopback},
               {"169.254.7.7", AddressKind::link_local},
               {"fe80::1%eth0", AddressKind::link_local},
               {"10.255.255.255", AddressKind::private_},
               {"11.0.0.0", AddressKind::public_},
               {"172.15.255.255", AddressKind::public_},
               {"172.16.0.0", AddressKind::private_},
               {"172.31.255.255", AddressKind::private_},
               {"172.32.0.0", AddressKind::public_},
               {"192.168.1.1", AddressKind::private_},
               {"fd00::1", AddressKind::private_},
               {"100.64.0.1", AddressKind::shared},
               {"100.128.0.0", AddressKind::public_},
               {"0.0.0.0", AddressKind::none},
               {"::", AddressKind::none},
               {"224.0.0.1", AddressKind::none},
               {"255.255.255.255", AddressKind::none},
               {"ff02::1", AddressKind::none}};
  for (const auto& test : cases) {
    const auto address = parse_ip_address(test.address);
    ASSERT_TRUE(address) << test.address;
    EXPECT_EQ(kind_of(*address), test.kind) << test.address;
  }
}

}  // namespace
}  // namespace mailspoor::index
