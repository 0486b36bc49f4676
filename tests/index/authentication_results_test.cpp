#include "index/trace/authentication_results.hpp"

#include <gtest/gtest.h>

#include "index/trace/received_spf.hpp"

namespace mailspoor::index {
namespace {

/// All that was read on one line: `id|method=result{reason}(comment) type.name=value|...`.
std::string written(const AuthenticationResults& results) {
  std::string text = results.authserv_id.value_or("-");
  if (!results.version.empty()) text += " " + results.version;
  if (results.is_none) text += "|none";
  for (const auto& result : results.results) {
    text += "|" + result.method + "=" + result.result;
    if (result.reason) text += "{" + *result.reason + "}";
    if (!result.comment.empty()) text += "(" + result.comment + ")";
    for (const auto& property : result.properties)
      text += " " + property.type + "." + property.name + "=" + property.value;
  }
  return text;
}

struct ResultsCase {
  std::string_view name, field_body, expected;
};
class AuthenticationResultsField : public testing::TestWithParam<ResultsCase> {};

TEST_P(AuthenticationResultsField, GivesServerMethodsAndProperties) {
  const auto results = parse_authentication_results(GetParam().field_body);
  EXPECT_EQ(written(results), GetParam().expected);
  EXPECT_TRUE(results.defects.empty()) << results.defects.front();
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8601, AuthenticationResultsField,
    testing::Values(
        ResultsCase{"nothing_checked", " example.org 1; none", "example.org 1|none"},
        ResultsCase{"one_result", " example.com;\r\n          spf=pass smtp.mailfrom=example.net",
                    "example.com|spf=pass smtp.mailfrom=example.net"},
        ResultsCase{
            "comments_and_version",
            "foo.example.net (foobar) 1 (baz);\r\n\tdkim (Because I like it) / 1 (One yay) = (wait for it) "
            "fail\r\n"
            "\tpolicy (A dot can go here) . (like that) expired\r\n\t(this surprised me) = (as I wasn't "
            "expecting it) "
            "1362471462",
            "foo.example.net 1|dkim=fail(Because I like it One yay wait for it A dot can go here like that "
            "this surprised me as I wasn't expecting it) policy.expired=1362471462"},
        ResultsCase{"several_results_of_one_server",
                    "example.com;\r\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\r\n\tspf=fail "
                    "smtp.mailfrom=example.net",
                    "example.com|auth=pass(cram-md5) smtp.auth=sender@example.net|spf=fail "
                    "smtp.mailfrom=example.net"},
        ResultsCase{
            "reason",
            "example.com; dkim=pass reason=\"good signature\"\r\n header.i=@mail-router.example.net;\r\n "
            "dkim=fail reason=\"bad \\\"signature\\\"; no\" header.i=@newyork.example.com",
            "example.com|dkim=pass{good signature} header.i=@mail-router.example.net|dkim=fail{bad "
            "\"signature\"; no} header.i=@newyork.example.com"},
        ResultsCase{"quoted_server_and_local_part",
                    "\"mx example\"; spf=pass smtp.mailfrom=\"john doe\"@example.org",
                    "mx example|spf=pass smtp.mailfrom=john doe@example.org"},
        ResultsCase{"nested_comment_with_semicolon",
                    "mx.example; dkim=pass (2048-bit (rsa; ok) key) header.d=a.example; spf=none",
                    "mx.example|dkim=pass(2048-bit (rsa; ok) key) header.d=a.example|spf=none"},
        ResultsCase{"upper_case", "MX.example; DKIM=Pass Header.D=A.Example",
                    "MX.example|dkim=pass header.d=A.Example"},
        ResultsCase{"no_result_at_all", "mx.example", "mx.example"}, ResultsCase{"nothing", "", "-"}),
    [](const auto& test) { return std::string{test.param.name}; });

INSTANTIATE_TEST_SUITE_P(
    InTheWild, AuthenticationResultsField,
    testing::Values(
        ResultsCase{
            "microsoft_without_server",
            " spf=pass (sender IP is 192.0.2.9)\r\n smtp.mailfrom=news.example; dkim=pass (signature was "
            "verified)\r\n"
            " header.d=news.example;dmarc=pass action=none\r\n header.from=news.example;compauth=pass "
            "reason=100",
            "-|spf=pass(sender IP is 192.0.2.9) smtp.mailfrom=news.example|dkim=pass(signature was verified) "
            "header.d=news.example|dmarc=pass .action=none header.from=news.example|compauth=pass{100}"},
        ResultsCase{
            "microsoft_with_server",
            "contoso.example; dkim=none (message not signed)\r\n header.d=none;contoso.example; dmarc=none",
            "contoso.example|dkim=none(message not signed) header.d=none|dmarc=none"},
        ResultsCase{"google",
                    "mx.google.example;\r\n       dkim=pass header.i=@shop.example header.s=s2 "
                    "header.b=\"Ab+/c=\";\r\n"
                    "       spf=pass (google.example: domain of a=b@shop.example designates 192.0.2.9 as "
                    "permitted sender) "
                    "smtp.mailfrom=a=b@shop.example;\r\n       dmarc=pass (p=REJECT sp=NONE dis=NONE) "
                    "header.from=shop.example",
                    "mx.google.example|dkim=pass header.i=@shop.example header.s=s2 "
                    "header.b=Ab+/c=|spf=pass(google.example: "
                    "domain of a=b@shop.example designates 192.0.2.9 as permitted sender) "
                    "smtp.mailfrom=a=b@shop.example|"
                    "dmarc=pass(p=REJECT sp=NONE dis=NONE) header.from=shop.example"},
        ResultsCase{"google_of_old",
                    "mx.google.example; spf=neutral (no record) smtp.mail=a@b.example; dkim=hardfail "
                    "header.i=@b.example",
                    "mx.google.example|spf=neutral(no record) smtp.mail=a@b.example|dkim=hardfail "
                    "header.i=@b.example"},
        ResultsCase{"yahoo_of_old",
                    "mta9.mail.yahoo.example  from=b.example; domainkeys=neutral (no sig);  from=b.example; "
                    "dkim=pass (ok)",
                    "mta9.mail.yahoo.example|domainkeys=neutral(no sig) .from=b.example|dkim=pass(ok) "
                    ".from=b.example"},
        ResultsCase{"yahoo",
                    "atlas-production.omega.yahoo.example;\r\n dkim=pass header.i=@b.example "
                    "header.s=k1;\r\n spf=pass "
                    "smtp.mailfrom=bounce.b.example;\r\n dmarc=pass(p=NONE) header.from=b.example;",
                    "atlas-production.omega.yahoo.example|dkim=pass header.i=@b.example header.s=k1|spf=pass "
                    "smtp.mailfrom=bounce.b.example|dmarc=pass(p=NONE) header.from=b.example"},
        ResultsCase{"amavis", "mx1.example.org (amavis);\r\n\tdkim=pass (2048-bit key) header.d=art.example",
                    "mx1.example.org|dkim=pass(2048-bit key) header.d=art.example"},
        ResultsCase{
            "fastmail",
            "mx6.example; x-tls=pass smtp.version=TLSv1.3 smtp.bits=256/256; iprev=pass "
            "policy.iprev=192.0.2.9 "
            "(mail.b.example)",
            "mx6.example|x-tls=pass smtp.version=TLSv1.3 smtp.bits=256/256|iprev=pass(mail.b.example) "
            "policy.iprev=192.0.2.9"},
        ResultsCase{"semicolon_between_properties",
                    "mx.example; spf=pass smtp.mailfrom=b.example; smtp.helo=h.example",
                    "mx.example|spf=pass smtp.mailfrom=b.example smtp.helo=h.example"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(AuthenticationResultsText, NamesWhatItCouldNotRead) {
  const auto unclosed = parse_authentication_results("mx.example; dkim=pass (no end; spf=fail");
  EXPECT_EQ(written(unclosed), "mx.example|dkim=pass(no end; spf=fail)");
  EXPECT_EQ(unclosed.defects, std::vector<std::string>{"a comment or quoted string is never closed"});
  const auto stray = parse_authentication_results("mx.example; what is this; spf=fail");
  EXPECT_EQ(written(stray), "mx.example|spf=fail");
  EXPECT_EQ(stray.defects, std::vector<std::string>{"a word that belongs to no result"});
}

TEST(AuthenticationResultsText, IsValidUtf8WithoutLineEnds) {
  const auto results =
      parse_authentication_results("mx.example; dkim=pass (a\r\n b\xFF) header.d=\"x\r\n y\xFE\"");
  EXPECT_EQ(written(results), "mx.example|dkim=pass(a b\xEF\xBF\xBD) header.d=x y\xEF\xBF\xBD");
}

TEST(AuthenticationResultsText, MayBeHostileWithoutCost) {
  constexpr std::size_t kMany = 300'000;  // a quadratic reader would need minutes
  EXPECT_TRUE(parse_authentication_results("mx; a=b " + std::string(kMany, '(')).results[0].result == "b");
  std::string many = "mx";
  std::string words = "mx; (" + std::string(kMany, 'c') + ")";
  for (std::size_t count = 0; count < kMany / 10; ++count) {
    many += "; spf=pass";
    words += " w (d)";
  }
  const auto capped = parse_authentication_results(many);
  EXPECT_EQ(capped.results.size(), kMaxMethodResults);
  EXPECT_EQ(capped.defects,
            std::vector<std::string>{"more than 100 results in a field: the rest was not read"});
  EXPECT_TRUE(parse_authentication_results(words).results.empty());
  EXPECT_TRUE(parse_authentication_results(std::string(kMany, '.')).results.empty());
  std::string dots = "mx; ";
  std::string slashes = "mx; ";
  for (std::size_t count = 0; count < kMany / 10; ++count) {
    dots += "a . ";
    slashes += "/ (c) ";
  }
  EXPECT_TRUE(parse_authentication_results(dots).results.empty());
  EXPECT_TRUE(parse_authentication_results(slashes).results.empty());
  EXPECT_EQ(parse_authentication_results("mx; a=b" + std::string(kMany, ' ') + "c.d=e")
                .results[0]
                .properties.size(),
            1U);
}

TEST(ArcAuthenticationResultsField, BeginsWithItsInstance) {
  const auto results = parse_arc_authentication_results(
      "i=2; gmail.example;\r\n spf=fail smtp.from=jqd@d1.example; arc=pass (i=1)");
  EXPECT_EQ(results.instance, 2U);
  EXPECT_EQ(written(results), "gmail.example|spf=fail smtp.from=jqd@d1.example|arc=pass(i=1)");
}

TEST(ArcAuthenticationResultsField, HasAnInstanceFrom1To50) {
  EXPECT_EQ(parse_arc_authentication_results(" i = 50 ; x; none").instance, 50U);
  for (const char* body :
       {"i=0; x; none", "i=51; x; none", "i=; x; none", "i=1a; x; none", "x; spf=pass", ""})
    EXPECT_FALSE(parse_arc_authentication_results(body).instance) << body;
}

struct SpfCase {
  std::string_view name, field_body, expected;
};
class ReceivedSpfField : public testing::TestWithParam<SpfCase> {};

TEST_P(ReceivedSpfField, GivesResultAndKeys) {
  const auto spf = parse_received_spf(GetParam().field_body);
  std::string text = spf.result + "(" + spf.comment + ")";
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) text += std::string{" "} + name + "=" + *value;
  };
  add("client-ip", spf.client_ip);
  add("envelope-from", spf.envelope_from);
  add("helo", spf.helo);
  add("receiver", spf.receiver);
  add("identity", spf.identity);
  add("mechanism", spf.mechanism);
  add("problem", spf.problem);
  add("comment-domain", spf.comment_domain);
  EXPECT_EQ(text, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ReceivedSpfField,
    testing::Values(
        SpfCase{
            "rfc7208",
            " pass (mybox.example.org: domain of\r\n myname@example.com designates 192.0.2.1 as permitted "
            "sender)\r\n"
            "    receiver=mybox.example.org; client-ip=192.0.2.1;\r\n    "
            "envelope-from=\"myname@example.com\"; "
            "helo=foo.example.com;",
            "pass(mybox.example.org: domain of myname@example.com designates 192.0.2.1 as permitted sender) "
            "client-ip=192.0.2.1 envelope-from=myname@example.com helo=foo.example.com "
            "receiver=mybox.example.org comment-domain=example.com"},
        SpfCase{
            "rfc7208_problem",
            "permerror identity=mailfrom; problem=\"two records; which?\"; mechanism=\"ip4:192.0.2.0/24\"",
            "permerror() identity=mailfrom mechanism=ip4:192.0.2.0/24 problem=two records; which?"},
        SpfCase{"google",
                "softfail (google.example: domain of transitioning a@b.example does not designate "
                "2001:DB8::5 as permitted "
                "sender) client-ip=2001:DB8::5;",
                "softfail(google.example: domain of transitioning a@b.example does not designate 2001:DB8::5 "
                "as permitted "
                "sender) client-ip=2001:db8::5 receiver=google.example comment-domain=b.example"},
        SpfCase{
            "microsoft",
            "Pass (protection.outlook.example: domain of b.example designates 192.0.2.9 as\r\n permitted "
            "sender) "
            "receiver=protection.outlook.example;\r\n client-ip=192.0.2.9; helo=mail.b.example;pr=C",
            "pass(protection.outlook.example: domain of b.example designates 192.0.2.9 as permitted sender) "
            "client-ip=192.0.2.9 helo=mail.b.example receiver=protection.outlook.example "
            "comment-domain=b.example"},
        SpfCase{
            "policyd",
            "Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.9; helo=h.example; "
            "envelope-from=<a@b.example>; "
            "receiver=<UNKNOWN> ",
            "pass(mailfrom) client-ip=192.0.2.9 envelope-from=a@b.example helo=h.example receiver=UNKNOWN "
            "identity=mailfrom"},
        SpfCase{"blanks_and_commas", "none client-ip=[192.0.2.9], helo=h.example envelope-from=a@b.example",
                "none() client-ip=192.0.2.9 envelope-from=a@b.example helo=h.example"},
        SpfCase{"no_address", "neutral (x) client-ip=unknown;", "neutral(x)"},
        SpfCase{"first_counts", "pass helo=a; helo=b", "pass() helo=a"}, SpfCase{"nothing", "", "()"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace mailspoor::index
