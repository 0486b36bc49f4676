#include "index/track/redirectors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mailspoor::index {
namespace {

struct RedirectorCase {
  std::string_view name;
  std::string_view url;
  std::string_view target;  ///< Empty where the URL does not tell it.
};
class Redirector : public testing::TestWithParam<RedirectorCase> {};

TEST_P(Redirector, TellsItsTarget) {
  const auto click = parse_url(GetParam().url);
  ASSERT_TRUE(click);
  const auto target = redirect_target(*click);
  EXPECT_EQ(target ? to_text(*target) : "", GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Platforms, Redirector,
    testing::Values(
        RedirectorCase{
            "amazon_ses",
            "https://abc.r.us-east-1.awstrack.me/L0/https:%2F%2Fshop.example%2Fa%3Fb=c/1/0100-0/x=404",
            "https://shop.example/a?b=c"},
        RedirectorCase{"amazon_ses_branded",
                       "https://links.shop.example/CL0/https%3A%2F%2Fshop.example%2F/1/0100/x=1",
                       "https://shop.example/"},
        RedirectorCase{"mailjet", "https://x.mjt.lu/lnk/AUQAAB_-0/3/0a1B/aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYT9iPWM",
                       "https://shop.example/a?b=c"},
        RedirectorCase{"mandrill",
                       "https://mandrillapp.com/track/click/30/shop.example?p="
                       "eyJzIjogIngiLCAidiI6IDEsICJwIjogIntcInVcIjogMSwgXCJ2XCI6IDEsIFwidXJsXCI6IFwiaHR0cHM6X"
                       "FwvXFwvc2hvcC5leGFtcGxlXFwvYT9i"
                       "PWNcIiwgXCJpZFwiOiBcIjBhXCJ9In0",
                       "https://shop.example/a?b=c"},
        RedirectorCase{"customer_io",
                       "https://e.shop.example/e/c/"
                       "eyJlbWFpbF9pZCI6ICJSUGkiLCAiaHJlZiI6ICJodHRwczovL3Nob3AuZXhhbXBsZS9zYWxlIiwgImludGVyb"
                       "mFsIjogImUifQ==/0a1b",
                       "https://shop.example/sale"},
        RedirectorCase{
            "kit", "https://click.convertkit-mail2.com/d0uwow/6qheh8/aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYT9iPWM=",
            "https://shop.example/a?b=c"},
        RedirectorCase{"mailpoet",
                       "https://shop.example/?mailpoet_router&endpoint=track&action=click&data="
                       "WyIxMiIsICJ0b2siLCAiaHR0cHM6Ly9zaG9wLmV4YW1wbGUveCIsIGZhbHNlXQ",
                       "https://shop.example/x"},
        RedirectorCase{"sailthru",
                       "https://link.shop.example/click/0a1b.2/aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYT9iPWM/"
                       "0123456789abcdef01234567",
                       "https://shop.example/a?b=c"},
        RedirectorCase{"intercom", "https://via.intercom.io/c?ob=https%3A%2F%2Fshop.example%2F&h=0a1b",
                       "https://shop.example/"},
        RedirectorCase{"yesware", "https://t.yesware.com/tl/0a/1b?ytl=https%3A%2F%2Fshop.example%2F",
                       "https://shop.example/"},
        RedirectorCase{
            "mailspring",
            "https://link.getmailspring.com/link/abc/0?redirect=https%3A%2F%2Fshop.example%2F&recipient=x",
            "https://shop.example/"},
        RedirectorCase{"postmark", "https://click.pstmrk.it/3s/shop.example%2Fa%3Fb%3Dc/0a1B/AQ/1/x",
                       "https://shop.example/a?b=c"},
        RedirectorCase{"postmark_of_two_letters", "https://click.pstmrk.it/2sm/shop.example%2F/0a1B/AQ",
                       "https://shop.example/"},
        RedirectorCase{"postmark_of_another_shape", "https://click.pstmrk.it/other/shop.example%2F/0a1B", ""},
        RedirectorCase{"any_parameter", "https://shop.example/redirect?url=http://other.example/",
                       "http://other.example/"},
        RedirectorCase{"parameter_of_another_scheme", "https://shop.example/redirect?url=javascript:alert(1)",
                       ""},
        RedirectorCase{"parameter_that_is_relative", "https://shop.example/redirect?url=/a/b", ""},
        RedirectorCase{"sendgrid", "https://u1.ct.sendgrid.net/ls/click?upn=u001.abc-2Fdef", ""},
        RedirectorCase{"base64_that_is_no_url", "https://x.mjt.lu/lnk/a/1/b/aHR0cCBpcyBub25l", ""},
        RedirectorCase{"json_without_end", "https://x.example/e/c/eyJocmVmIjogImh0dHBz", ""},
        RedirectorCase{"name_goes_before_place",
                       // {"a": "https://other.example/", "url": "https:\u002f\u002fshop.example\u002f"}
                       "https://x.example/e/c/"
                       "eyJhIjogImh0dHBzOi8vb3RoZXIuZXhhbXBsZS8iLCAidXJsIjogImh0dHBzOlx1MDAyZlx1MDAyZnNob3AuZ"
                       "XhhbXBsZVx1MDAyZiJ9",
                       "https://shop.example/"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace mailspoor::index
