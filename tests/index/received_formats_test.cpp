// What each program writes, in addresses and names that are nobody's. All fields of each hop are expected.
#include <gtest/gtest.h>

#include "index/trace/received.hpp"
#include "tests/index/hop_text.hpp"

namespace mailspoor::index {
namespace {

struct FormatCase {
  std::string_view name, field_body, fields;
};
class ReceivedFormats : public testing::TestWithParam<FormatCase> {};

TEST_P(ReceivedFormats, GiveAllFields) {
  const auto hop = parse_received(GetParam().field_body);
  EXPECT_EQ(hop_text(hop), GetParam().fields);
  EXPECT_EQ(hop.raw, GetParam().field_body);
  EXPECT_EQ(hop.defects, std::vector<std::string>{});
}

std::string name_of(const testing::TestParamInfo<FormatCase>& test) { return std::string{test.param.name}; }

INSTANTIATE_TEST_SUITE_P(
    Postfix, ReceivedFormats,
    testing::Values(
        FormatCase{
            "relay",
            " from out.example.net (mail7.example.net [203.0.113.5])\r\n\tby mx.example.org (Postfix) with "
            "ESMTPS id 4TpQ2z1XyZz9s\r\n\tfor <ada@example.org>; Tue,  5 Mar 2024 10:00:02 +0100 (CET)",
            "helo=out.example.net rdns=mail7.example.net ip=203.0.113.5 by=mx.example.org with=ESMTPS "
            "id=4TpQ2z1XyZz9s for=ada@example.org date=2024-03-05T09:00:02Z mta=postfix"},
        FormatCase{
            "without_name",
            "from [10.1.2.3] (unknown [198.51.100.9]) by mx.example.org (Postfix) with ESMTP id 3F2A1; "
            "5 Mar 2024 10:00:02 +0000",
            "helo=[10.1.2.3] ip=198.51.100.9 by=mx.example.org with=ESMTP id=3F2A1 "
            "date=2024-03-05T10:00:02Z mta=postfix no-name"},
        FormatCase{
            "ipv6",
            "from out.example.net (out.example.net [IPv6:2001:DB8:0:0::7]) by mx.example.org (Postfix) with "
            "ESMTP id 3F2A1; 5 Mar 2024 10:00:02 +0000",
            "helo=out.example.net rdns=out.example.net ip=2001:db8::7 by=mx.example.org with=ESMTP id=3F2A1 "
            "date=2024-03-05T10:00:02Z mta=postfix"},
        FormatCase{
            "encrypted",
            "from out.example.net (out.example.net [203.0.113.5])\n\t(using TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 server-signature RSA-PSS (2048 "
            "bits) "
            "server-digest SHA256)\n\t(No client certificate requested)\n\tby mx.example.org (Postfix) with "
            "ESMTPS id 3F2A1\n\tfor <ada@example.org>; Tue,  5 Mar 2024 10:00:02 +0000 (UTC)",
            "helo=out.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=ESMTPS id=3F2A1 "
            "for=ada@example.org tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z "
            "mta=postfix"},
        FormatCase{
            "encrypted_with_certificate",
            "from a.example (a.example [203.0.113.5]) (using TLSv1 with cipher DHE-RSA-AES256-SHA (256/256 "
            "bits)) (Client CN \"a.example\", Issuer \"Some (odd) CA\" (verified OK)) by b.example (Postfix) "
            "with ESMTPS id 7; 5 Mar 2024 10:00:02 +0000",
            "helo=a.example rdns=a.example ip=203.0.113.5 by=b.example with=ESMTPS id=7 tls=TLSv1 "
            "cipher=DHE-RSA-AES256-SHA date=2024-03-05T10:00:02Z mta=postfix"},
        FormatCase{"authenticated",
                   "from [192.168.1.20] (dsl-7.isp.example [203.0.113.77]) (Authenticated sender: "
                   "ada@example.org) by "
                   "smtp.example.org (Postfix) with ESMTPSA id 11; 5 Mar 2024 10:00:02 +0000",
                   "helo=[192.168.1.20] rdns=dsl-7.isp.example ip=203.0.113.77 by=smtp.example.org "
                   "with=ESMTPSA id=11 "
                   "user=ada@example.org date=2024-03-05T10:00:02Z mta=postfix"},
        FormatCase{"authenticated_and_encrypted",
                   "from laptop (dsl-7.isp.example [203.0.113.77]) (using TLSv1.2 with cipher "
                   "ECDHE-RSA-AES128-GCM-SHA256 "
                   "(128/128 bits)) (Client did not present a certificate) (Authenticated sender: ada) by "
                   "smtp.example.org (Postfix) with ESMTPSA id 12; 5 Mar 2024 10:00:02 +0000",
                   "helo=laptop rdns=dsl-7.isp.example ip=203.0.113.77 by=smtp.example.org with=ESMTPSA "
                   "id=12 user=ada "
                   "tls=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 date=2024-03-05T10:00:02Z mta=postfix"},
        FormatCase{
            "local",
            "by mx.example.org (Postfix, from userid 1000) id 5C1; Tue, 5 Mar 2024 10:00:02 +0000 (UTC)",
            "by=mx.example.org id=5C1 date=2024-03-05T10:00:02Z mta=postfix"},
        FormatCase{"local_root",
                   "by www.example.org (Postfix, from userid 0)\n\tid 77AB; 5 Mar 2024 10:00:02 +0000",
                   "by=www.example.org id=77AB date=2024-03-05T10:00:02Z mta=postfix"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Exim, ReceivedFormats,
    testing::Values(
        FormatCase{"encrypted",
                   "from out.example.net ([203.0.113.5]:51322 helo=mail.example.net ident=mail)\n\tby "
                   "mx.example.org with "
                   "esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n\t(envelope-from "
                   "<bob@example.net>)\n\t"
                   "id 1rhQ2A-0003Xy-1B\n\tfor ada@example.org;\n\tTue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 port=51322 by=mx.example.org "
                   "with=esmtps "
                   "id=1rhQ2A-0003Xy-1B for=ada@example.org from=bob@example.net tls=TLSv1.3 "
                   "cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=exim"},
        FormatCase{"older_cipher",
                   "from out.example.net ([203.0.113.5]) by mx.example.org with esmtps "
                   "(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.92) (envelope-from <>) id 1h; "
                   "5 Mar 2024 10:00:02 +0000",
                   "helo=out.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=esmtps "
                   "id=1h from='' "
                   "tls=TLSv1.2 cipher=ECDHE_RSA_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=exim"},
        FormatCase{
            "third_version",
            "from out.example.net ([203.0.113.5] helo=mail.example.net) by mx.example.org with esmtp (Cipher "
            "TLSv1:DES-CBC3-SHA:168) (Exim 3.31-VA-mm2 #1 (Debian)) id 17h-00 for <ada@example.org>; "
            "5 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=esmtp "
            "id=17h-00 "
            "for=ada@example.org tls=TLSv1 cipher=DES-CBC3-SHA date=2024-03-05T10:00:02Z mta=exim"},
        FormatCase{"literal_outside",
                   "from [203.0.113.5] (helo=mail.example.net) by mx.example.org with esmtp (Exim 3.36 #1) "
                   "id 17x-00; "
                   "5 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=esmtp id=17x-00 "
                   "date=2024-03-05T10:00:02Z mta=exim no-name"},
        FormatCase{"announced_in_front",
                   "from (mail.example.net) [203.0.113.5] by mx.example.org with esmtp (Exim 3.12 #1) id "
                   "17x-00; 5 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=esmtp id=17x-00 "
                   "date=2024-03-05T10:00:02Z mta=exim no-name"},
        FormatCase{
            "announced_in_front_without_mark",
            "from (pc) [203.0.113.5] by mx.example.org with esmtp id 17x-00; 5 Mar 2024 10:00:02 +0000",
            "helo=pc ip=203.0.113.5 by=mx.example.org with=esmtp id=17x-00 "
            "date=2024-03-05T10:00:02Z no-name"},
        FormatCase{
            "port_in_comment",
            "from [203.0.113.5] (port=40122 helo=[192.168.0.3]) by host.example.org with esmtpsa (TLSv1.2:"
            "ECDHE-RSA-AES128-GCM-SHA256:128) (Exim 4.87) (envelope-from <ada@example.org>) id 1k for "
            "bob@example.net; 5 Mar 2024 10:00:02 +0000",
            "helo=[192.168.0.3] ip=203.0.113.5 port=40122 by=host.example.org with=esmtpsa id=1k "
            "for=bob@example.net from=ada@example.org tls=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 "
            "date=2024-03-05T10:00:02Z mta=exim no-name"},
        FormatCase{
            "literal_and_port_outside",
            "from [203.0.113.5]:40122 (helo=mail.example.net) by mx.example.org with smtp (Exim 4.50) id 1k; "
            "5 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 port=40122 by=mx.example.org with=smtp id=1k "
            "date=2024-03-05T10:00:02Z mta=exim no-name"},
        FormatCase{
            "ipv6",
            "from out.example.net ([2001:db8::25]:4711) by mx.example.org with esmtp (Exim 4.94.2) id 1k; "
            "5 Mar 2024 10:00:02 +0000",
            "helo=out.example.net rdns=out.example.net ip=2001:db8::25 port=4711 by=mx.example.org "
            "with=esmtp id=1k "
            "date=2024-03-05T10:00:02Z mta=exim"},
        FormatCase{"local",
                   "from ada by host.example.org with local (Exim 4.96) (envelope-from <ada@example.org>) id "
                   "1rh-1 for "
                   "bob@example.net; Tue, 05 Mar 2024 10:00:02 +0000",
                   "by=host.example.org with=local id=1rh-1 for=bob@example.net from=ada@example.org "
                   "date=2024-03-05T10:00:02Z mta=exim"},
        FormatCase{"local_from_the_web",
                   "from www-data by web.example.org with local (Exim 4.63) (envelope-from "
                   "<www-data@web.example.org>) id "
                   "1J; 5 Mar 2024 10:00:02 +0000",
                   "by=web.example.org with=local id=1J from=www-data@web.example.org "
                   "date=2024-03-05T10:00:02Z mta=exim"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Sendmail, ReceivedFormats,
    testing::Values(
        FormatCase{"may_be_forged",
                   "from mail.example.net (ppp9.isp.example [203.0.113.9] (may be forged)) by mx.example.org "
                   "(8.17.1/8.17.1) with ESMTP id 425A02Xy; Tue, 5 Mar 2024 10:00:02 GMT",
                   "helo=mail.example.net rdns=ppp9.isp.example ip=203.0.113.9 by=mx.example.org with=ESMTP "
                   "id=425A02Xy "
                   "date=2024-03-05T10:00:02Z mta=sendmail may-be-forged"},
        FormatCase{"encrypted_and_authenticated",
                   "from pc (dsl.isp.example [203.0.113.9]) (authenticated bits=0) by mx.example.org "
                   "(8.14.4/8.13.8) with "
                   "ESMTP id n5 (version=TLSv1/SSLv3 cipher=DHE-RSA-AES256-SHA bits=256 verify=NO) for "
                   "<ada@example.org>; "
                   "Tue, 5 Mar 2024 10:00:02 +0000",
                   "helo=pc rdns=dsl.isp.example ip=203.0.113.9 by=mx.example.org with=ESMTP id=n5 "
                   "for=ada@example.org "
                   "tls=TLSv1 cipher=DHE-RSA-AES256-SHA date=2024-03-05T10:00:02Z mta=sendmail"},
        FormatCase{
            "identified_without_name",
            "from h.example.net (IDENT:bob@[203.0.113.9]) by mx.example.org (8.9.3/8.9.3) with SMTP id KAA1; "
            "Tue, 5 Mar 2024 10:00:02 -0500",
            "helo=h.example.net ip=203.0.113.9 by=mx.example.org with=SMTP id=KAA1 date=2024-03-05T15:00:02Z "
            "mta=sendmail no-name"},
        FormatCase{"identified",
                   "from h.example.net (IDENT:bob@r.example.net [203.0.113.9]) by mx.example.org "
                   "(8.9.3/8.9.3) with SMTP id "
                   "KAA1; 5 Mar 2024 10:00:02 EST",
                   "helo=h.example.net rdns=r.example.net ip=203.0.113.9 by=mx.example.org with=SMTP id=KAA1 "
                   "date=2024-03-05T15:00:02Z mta=sendmail"},
        FormatCase{
            "without_name_and_sender_behind_the_date",
            "from mail.example.net ([203.0.113.9]) by mx.example.org (8.12.8/8.12.8) with ESMTP id h1; Tue, "
            "5 Mar "
            "2024 10:00:02 +0000 (envelope-from bob@example.net)",
            "helo=mail.example.net ip=203.0.113.9 by=mx.example.org with=ESMTP id=h1 from=bob@example.net "
            "date=2024-03-05T10:00:02Z mta=sendmail no-name"},
        FormatCase{"submit",
                   "(from ada@localhost) by host.example.org (8.15.2/8.15.2/Submit) id 425A0; Tue, 5 Mar "
                   "2024 10:00:02 "
                   "+0000",
                   "by=host.example.org id=425A0 date=2024-03-05T10:00:02Z mta=sendmail"},
        FormatCase{"submit_of_a_service",
                   "(from apache@localhost)\n\tby www.example.org (8.12.11.20060308/8.12.11/Submit) id "
                   "k7;\n\tTue, 5 Mar "
                   "2024 10:00:02 +0100",
                   "by=www.example.org id=k7 date=2024-03-05T09:00:02Z mta=sendmail"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Qmail, ReceivedFormats,
    testing::Values(
        FormatCase{"relay",
                   "from out.example.net (HELO mail.example.net) (bob@203.0.113.5)\n  by mx.example.org with "
                   "SMTP; 5 Mar "
                   "2024 10:00:02 -0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=SMTP "
                   "date=2024-03-05T10:00:02Z"},
        FormatCase{"without_name",
                   "from unknown (HELO mail.example.net) (203.0.113.5) by mx.example.org with SMTP; 5 Mar "
                   "2024 10:00:02 "
                   "-0000",
                   "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=SMTP "
                   "date=2024-03-05T10:00:02Z no-name"},
        FormatCase{
            "literal_made_safe",
            "from unknown (HELO ?192.168.0.7?) (203.0.113.5) by 0 with SMTP; 5 Mar 2024 10:00:02 -0000",
            "helo=[192.168.0.7] ip=203.0.113.5 by=0 with=SMTP date=2024-03-05T10:00:02Z no-name"},
        FormatCase{"mapped_literal_made_safe",
                   "from unknown (HELO ?IPv6:::ffff:192.0.2.4?) (203.0.113.5) by mx.example.org with SMTP; 5 "
                   "Mar 2024 "
                   "10:00:02 -0000",
                   "helo=[IPv6:::ffff:192.0.2.4] ip=203.0.113.5 by=mx.example.org with=SMTP "
                   "date=2024-03-05T10:00:02Z "
                   "no-name"},
        FormatCase{
            "announced_name_is_the_looked_up_one",
            "from out.example.net (203.0.113.5) by mx.example.org with SMTP; 5 Mar 2024 10:00:02 -0000",
            "helo=out.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=SMTP "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{"encrypted",
                   "from unknown (HELO out.example.net) (203.0.113.5) by mx.example.org with (AES256-SHA "
                   "encrypted) SMTP; "
                   "5 Mar 2024 10:00:02 -0000",
                   "helo=out.example.net ip=203.0.113.5 by=mx.example.org with=SMTP cipher=AES256-SHA "
                   "date=2024-03-05T10:00:02Z no-name"},
        FormatCase{
            "encrypted_by_messagelabs",
            "from out.example.net (HELO mail.example.net) (203.0.113.5) by server-1.tower-2.messagelabs.com "
            "with "
            "DHE-RSA-AES256-SHA encrypted SMTP; 5 Mar 2024 10:00:02 -0000",
            "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=server-1.tower-2.messagelabs.com "
            "with='DHE-RSA-AES256-SHA encrypted SMTP' cipher=DHE-RSA-AES256-SHA date=2024-03-05T10:00:02Z "
            "mta=messagelabs"},
        FormatCase{
            "user_in_place_of_ident",
            "from dsl.isp.example (HELO pc) (ada@example.org@203.0.113.5) by mx.example.org with ESMTPA; 5 "
            "Mar 2024 "
            "10:00:02 -0000",
            "helo=pc rdns=dsl.isp.example ip=203.0.113.5 by=mx.example.org with=ESMTPA user=ada@example.org "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{
            "ldap",
            "from unknown (HELO pc) ([203.0.113.5]) (envelope-sender <bob@example.net>) by mx.example.org "
            "(qmail-ldap-1.03) with SMTP for <ada@example.org>; 5 Mar 2024 10:00:02 -0000",
            "helo=pc ip=203.0.113.5 by=mx.example.org with=SMTP for=ada@example.org from=bob@example.net "
            "date=2024-03-05T10:00:02Z mta=qmail no-name"},
        FormatCase{"by_user", "(qmail 4711 invoked by uid 1003); 5 Mar 2024 10:00:02 -0000",
                   "date=2024-03-05T10:00:02Z mta=qmail"},
        FormatCase{"from_network", "(qmail 4711 invoked from network); 5 Mar 2024 10:00:02 -0000",
                   "date=2024-03-05T10:00:02Z mta=qmail"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Microsoft, ReceivedFormats,
    testing::Values(
        FormatCase{
            "office_365",
            "from AB1PR01.eurprd01.prod.outlook.com (2603:10a6:0:1::9)\r\n by "
            "CD2PR02.eurprd02.prod.outlook.com "
            "(2603:10a6:0:2::7) with\r\n Microsoft SMTP Server (version=TLS1_2,\r\n "
            "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7339.33; Tue, 5 Mar\r\n 2024 10:00:02 "
            "+0000",
            "helo=AB1PR01.eurprd01.prod.outlook.com ip=2603:10a6:0:1::9 by=CD2PR02.eurprd02.prod.outlook.com "
            "with='Microsoft SMTP Server' id=15.20.7339.33 tls=TLSv1.2 "
            "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=exchange "
            "at=2603:10a6:0:2::7"},
        FormatCase{
            "frontend",
            "from mail.example.net (203.0.113.5) by AM1.mail.protection.outlook.com (10.13.1.2) with "
            "Microsoft SMTP "
            "Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.1.2 via Frontend Transport; "
            "Tue, 5 Mar "
            "2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 by=AM1.mail.protection.outlook.com with='Microsoft SMTP "
            "Server' "
            "id=15.20.1.2 tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=exchange "
            "via='Frontend Transport' at=10.13.1.2"},
        FormatCase{
            "mapi",
            "from AB1.eurprd01.prod.outlook.com ([fe80::1:2:3:4]) by AB1.eurprd01.prod.outlook.com "
            "([fe80::1:2:3:4%6]) with mapi id 15.20.1.2; Tue, 5 Mar 2024 10:00:02 +0000",
            "helo=AB1.eurprd01.prod.outlook.com ip=fe80::1:2:3:4 by=AB1.eurprd01.prod.outlook.com with=mapi "
            "id=15.20.1.2 date=2024-03-05T10:00:02Z mta=exchange at=fe80::1:2:3:4"},
        FormatCase{"on_premises",
                   "from EX1.corp.example (10.0.0.5) by EX2.corp.example (10.0.0.6) with Microsoft SMTP "
                   "Server (TLS) id "
                   "14.3.123.3; Tue, 5 Mar 2024 10:00:02 +0100",
                   "helo=EX1.corp.example ip=10.0.0.5 by=EX2.corp.example with='Microsoft SMTP Server' "
                   "id=14.3.123.3 "
                   "date=2024-03-05T09:00:02Z mta=exchange at=10.0.0.6"},
        FormatCase{"version_that_looks_like_an_address",
                   "from EX1.corp.example (10.0.0.5) by EX2.corp.example (10.0.0.6) with HTTPS id "
                   "15.1.225.42; Tue, 5 Mar "
                   "2024 10:00:02 +0100",
                   "helo=EX1.corp.example ip=10.0.0.5 by=EX2.corp.example with=HTTPS id=15.1.225.42 "
                   "date=2024-03-05T09:00:02Z at=10.0.0.6"},
        FormatCase{"smtpsvc",
                   "from mail.example.net ([203.0.113.5] RDNS failed) by ex.corp.example with Microsoft "
                   "SMTPSVC(6.0.3790.1830);"
                   "\n\t Tue, 5 Mar 2024 10:00:02 +0100",
                   "helo=mail.example.net ip=203.0.113.5 by=ex.corp.example with='Microsoft SMTPSVC' "
                   "date=2024-03-05T09:00:02Z mta=smtpsvc no-name"},
        FormatCase{"smtpsvc_with_hyphen",
                   "from mail.example.net - 203.0.113.5 by ex.corp.example with Microsoft "
                   "SMTPSVC(5.5.1875.185.16); Tue, "
                   "5 Mar 2024 10:00:02 +0100",
                   "helo=mail.example.net ip=203.0.113.5 by=ex.corp.example with='Microsoft SMTPSVC' "
                   "date=2024-03-05T09:00:02Z mta=smtpsvc"},
        FormatCase{"pickup",
                   "from mail pickup service by ex.corp.example with Microsoft SMTPSVC; Tue, 5 Mar 2024 "
                   "10:00:02 +0100",
                   "by=ex.corp.example with='Microsoft SMTPSVC' date=2024-03-05T09:00:02Z mta=smtpsvc"},
        FormatCase{
            "exchange_5",
            "from mail.example.net (out.example.net [203.0.113.5]) by ex.corp.example with SMTP (Microsoft "
            "Exchange "
            "Internet Mail Service Version 5.5.2653.13)\n\tid FZ1ABCDE; Tue, 5 Mar 2024 10:00:02 -0500",
            "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=ex.corp.example with=SMTP "
            "id=FZ1ABCDE "
            "date=2024-03-05T15:00:02Z mta=exchange"},
        FormatCase{"exchange_5_without_address",
                   "by ex.corp.example with Internet Mail Service (5.5.2650.21)\n\tid <G1XYZ>; Tue, 5 Mar "
                   "2024 10:00:02 "
                   "-0000",
                   "by=ex.corp.example with='Internet Mail Service' id=G1XYZ date=2024-03-05T10:00:02Z "
                   "mta=exchange"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Providers, ReceivedFormats,
    testing::Values(
        FormatCase{
            "gmail",
            "from mail.example.net (mail.example.net. [203.0.113.5])\r\n        by mx.google.com with ESMTPS "
            "id "
            "a1-20020a05600c123400b0012345678901si123456wmb.12.2024.03.05.02.00.02\r\n        for "
            "<ada@example.org>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n   "
            "     "
            "Tue, 05 Mar 2024 02:00:02 -0800 (PST)",
            "helo=mail.example.net rdns=mail.example.net ip=203.0.113.5 by=mx.google.com with=ESMTPS "
            "id=a1-20020a05600c123400b0012345678901si123456wmb.12.2024.03.05.02.00.02 for=ada@example.org "
            "tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=gmail"},
        FormatCase{
            "gmail_submission",
            "from [192.168.1.5] ([203.0.113.77]) by smtp.gmail.com with ESMTPSA id "
            "b2sm12.2024.03.05.02.00.01 for "
            "<ada@example.org> (Google Transport Security); 5 Mar 2024 02:00:01 PST",
            "helo=[192.168.1.5] ip=203.0.113.77 by=smtp.gmail.com with=ESMTPSA id=b2sm12.2024.03.05.02.00.01 "
            "for=ada@example.org date=2024-03-05T10:00:01Z mta=gmail no-name"},
        FormatCase{"gmail_inside",
                   "by 2002:a05:6402:1234:b0:567:89ab:cdef with SMTP id x1csp123; Tue, 5 Mar 2024 02:00:02 "
                   "-0800 (PST)",
                   "by=2002:a05:6402:1234:b0:567:89ab:cdef with=SMTP id=x1csp123 date=2024-03-05T10:00:02Z "
                   "at=2002:a05:6402:1234:b0:567:89ab:cdef"},
        FormatCase{"gmail_interface",
                   "from 123456789012 named unknown by gmailapi.google.com with HTTPREST; Tue, 5 Mar 2024 "
                   "02:00:02 -0800",
                   "by=gmailapi.google.com with=HTTPREST date=2024-03-05T10:00:02Z mta=gmail"},
        FormatCase{
            "yahoo_hermes",
            "by hermes--production-ir2-7b (Yahoo Inc. Hermes SMTP Server) with ESMTPA ID 0a1b2c3d; Tue, 05 "
            "Mar 2024 "
            "10:00:02 +0000 (UTC)",
            "by=hermes--production-ir2-7b with=ESMTPA id=0a1b2c3d date=2024-03-05T10:00:02Z mta=yahoo"},
        FormatCase{"yahoo_web",
                   "from sonic.gate.mail.ne1.yahoo.com by sonic302.consmr.mail.ir2.yahoo.com with HTTP; Tue, "
                   "5 Mar 2024 "
                   "10:00:02 +0000",
                   "helo=sonic.gate.mail.ne1.yahoo.com by=sonic302.consmr.mail.ir2.yahoo.com with=HTTP "
                   "date=2024-03-05T10:00:02Z mta=yahoo"},
        FormatCase{
            "yahoo_inbound",
            "from 127.0.0.1  (EHLO mail.example.net) (203.0.113.5)\n  by mta1001.mail.ir2.yahoo.com with "
            "SMTPs\n  "
            "(version=TLS1_2 cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384); Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 by=mta1001.mail.ir2.yahoo.com with=SMTPs tls=TLSv1.2 "
            "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=yahoo"},
        FormatCase{"yahoo_old_web",
                   "from [203.0.113.77] by web1234.mail.yahoo.com via HTTP; Tue, 05 Mar 2024 02:00:02 PST",
                   "ip=203.0.113.77 by=web1234.mail.yahoo.com date=2024-03-05T10:00:02Z mta=yahoo via=HTTP"},
        FormatCase{"yahoo_groups",
                   "from [203.0.113.7] by n20.grp.scd.yahoo.com with NNFMP; 5 Mar 2024 10:00:02 -0000",
                   "ip=203.0.113.7 by=n20.grp.scd.yahoo.com with=NNFMP date=2024-03-05T10:00:02Z mta=yahoo"},
        FormatCase{
            "icloud",
            "from smtpclient.apple (unknown [203.0.113.77]) by p00-icloudmta-asmtp.me.example (Postfix) with "
            "ESMTPSA "
            "id 1A2B3C; Tue, 5 Mar 2024 10:00:02 +0000 (UTC)",
            "helo=smtpclient.apple ip=203.0.113.77 by=p00-icloudmta-asmtp.me.example with=ESMTPSA id=1A2B3C "
            "date=2024-03-05T10:00:02Z mta=postfix no-name"},
        FormatCase{
            "icloud_corporate",
            "from [17.0.0.9] (unknown [17.0.0.9]) by mx1.apple.example (Oracle Communications Messaging "
            "Server "
            "8.1.0.24.20230808 64bit (built Aug  8 2023)) with ESMTPSA id <0S9V00I1@mx1.apple.example>; Tue, "
            "05 Mar "
            "2024 02:00:02 -0800 (PST)",
            "helo=[17.0.0.9] ip=17.0.0.9 by=mx1.apple.example with=ESMTPSA id=0S9V00I1@mx1.apple.example "
            "date=2024-03-05T10:00:02Z mta=jes no-name"},
        FormatCase{"amazon",
                   "from mail.example.net (mail.example.net [203.0.113.5]) by "
                   "inbound-smtp.eu-west-1.amazonaws.com with SMTP "
                   "id abcdef0123456789 for ada@example.org; Tue, 05 Mar 2024 10:00:02 +0000 (UTC)",
                   "helo=mail.example.net rdns=mail.example.net ip=203.0.113.5 "
                   "by=inbound-smtp.eu-west-1.amazonaws.com "
                   "with=SMTP id=abcdef0123456789 for=ada@example.org date=2024-03-05T10:00:02Z"},
        FormatCase{
            "amazon_without_name",
            "from localhost (unknown [198.51.100.3]) by inbound-smtp.us-east-1.amazonaws.com with SMTP id "
            "0a1b2c for "
            "<ada@example.org>; Tue, 05 Mar 2024 10:00:02 +0000 (UTC)",
            "helo=localhost ip=198.51.100.3 by=inbound-smtp.us-east-1.amazonaws.com with=SMTP id=0a1b2c "
            "for=ada@example.org date=2024-03-05T10:00:02Z no-name"},
        FormatCase{"sendgrid",
                   "from MTIzNDU2Nzg (unknown) by geopod-ismtpd-3 (SG) with HTTP id QwErTy-Ui Tue, 05 Mar "
                   "2024 10:00:02.123 "
                   "+0000 (UTC)",
                   "helo=MTIzNDU2Nzg by=geopod-ismtpd-3 with=HTTP id=QwErTy-Ui date=2024-03-05T10:00:02Z "
                   "mta=sendgrid"},
        FormatCase{"sendgrid_filter",
                   "by filterdrecv-7d9c-abcde with SMTP id filterdrecv-7d9c-abcde-1-64F70F02-2F 2023-09-05 "
                   "11:34:10.18 +0000 "
                   "UTC m=+912345.678",
                   "by=filterdrecv-7d9c-abcde with=SMTP id=filterdrecv-7d9c-abcde-1-64F70F02-2F "
                   "date=2023-09-05T11:34:10Z"},
        FormatCase{"mailgun",
                   "from mail.example.net (out.example.net [203.0.113.5]) by "
                   "smtp-out-n07.prod.eu-central-1.postgun.example "
                   "with SMTP id 65e6f012 (version=TLS1.2, cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256); "
                   "Tue, 05 Mar 2024 "
                   "10:00:02 GMT",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 "
                   "by=smtp-out-n07.prod.eu-central-1.postgun.example with=SMTP id=65e6f012 tls=TLSv1.2 "
                   "cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 date=2024-03-05T10:00:02Z"},
        FormatCase{"mailgun_interface", "by luna.mailgun.net with HTTP; Tue, 05 Mar 2024 10:00:02 +0000",
                   "by=luna.mailgun.net with=HTTP date=2024-03-05T10:00:02Z mta=mailgun"},
        FormatCase{
            "mimecast",
            "from EX1.corp.example (mail.corp.example\n [203.0.113.5]) by relay.mimecast.com with ESMTP with "
            "STARTTLS\n "
            "(version=TLSv1.2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\n us-mta-9-AbCdEf-1; Tue, 05 "
            "Mar 2024 "
            "05:00:02 -0500",
            "helo=EX1.corp.example rdns=mail.corp.example ip=203.0.113.5 by=relay.mimecast.com with=ESMTP "
            "id=us-mta-9-AbCdEf-1 tls=TLSv1.2 cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
            "date=2024-03-05T10:00:02Z mta=mimecast"},
        FormatCase{"mimecast_plain",
                   "from smtp.corp.example (unknown [203.0.113.5]) by relay.mimecast.com with ESMTP id "
                   "uk-mta-10-x-1; Tue, 05 "
                   "Mar 2024 10:00:02 +0000",
                   "helo=smtp.corp.example ip=203.0.113.5 by=relay.mimecast.com with=ESMTP id=uk-mta-10-x-1 "
                   "date=2024-03-05T10:00:02Z mta=mimecast no-name"},
        FormatCase{
            "proofpoint",
            "from mail.example.net (mail.example.net [203.0.113.5])\r\n\tby mx0a-001.pphosted.com (PPS) with "
            "ESMTPS id "
            "3wm1-1\r\n\t(version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT)\r\n\tfor "
            "<ada@example.org>; Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net rdns=mail.example.net ip=203.0.113.5 by=mx0a-001.pphosted.com with=ESMTPS "
            "id=3wm1-1 "
            "for=ada@example.org tls=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 date=2024-03-05T10:00:02Z "
            "mta=proofpoint"},
        FormatCase{
            "proofpoint_inner",
            "from pps.filterd (m001.ppops.example [127.0.0.1]) by m001.ppops.example (8.17.1.24/8.17.1.24) "
            "with ESMTP id "
            "425A; Tue, 5 Mar 2024 10:00:02 GMT",
            "helo=pps.filterd rdns=m001.ppops.example ip=127.0.0.1 by=m001.ppops.example with=ESMTP id=425A "
            "date=2024-03-05T10:00:02Z mta=sendmail"},
        FormatCase{"barracuda",
                   "from mail.example.net (out.example.net [203.0.113.5]) by mx-inbound1.ess.example "
                   "(version=TLSv1.2 "
                   "cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NO); Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx-inbound1.ess.example "
                   "tls=TLSv1.2 "
                   "cipher=ECDHE-RSA-AES256-GCM-SHA384 date=2024-03-05T10:00:02Z"},
        FormatCase{"barracuda_plain",
                   "from mail.example.net (mail.example.net [203.0.113.6]) by mx2.ess.example (version=TLSv1 "
                   "cipher=AES256-SHA "
                   "bits=256 verify=NO); Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=mail.example.net ip=203.0.113.6 by=mx2.ess.example tls=TLSv1 "
                   "cipher=AES256-SHA date=2024-03-05T10:00:02Z"},
        FormatCase{
            "gmx_web",
            "from [203.0.113.77] ([203.0.113.77]) by web-mail.gmx.example (3c-app-gmx-bs10.server.lan "
            "[172.19.170.60]) "
            "(via HTTP); Tue, 5 Mar 2024 10:00:02 +0100",
            "helo=[203.0.113.77] ip=203.0.113.77 by=web-mail.gmx.example date=2024-03-05T09:00:02Z via=HTTP "
            "at=172.19.170.60"},
        FormatCase{"gmx_submission",
                   "from laptop.local ([203.0.113.77]) by mail.gmx.example (mreue106 [212.227.15.183]) with "
                   "ESMTPSA (Nemesis) "
                   "id 0M1; Tue, 05 Mar 2024 10:00:02 +0100",
                   "helo=laptop.local ip=203.0.113.77 by=mail.gmx.example with=ESMTPSA id=0M1 "
                   "date=2024-03-05T09:00:02Z "
                   "mta=gmx at=212.227.15.183"},
        FormatCase{
            "yandex",
            "from mail.example.net (mail.example.net [203.0.113.5])\n\tby mxfront1.mail.yandex.example "
            "(mxfront/Yandex) with ESMTPS id AbC-Xy;\n\tTue, 05 Mar 2024 13:00:02 +0300\n\t(using TLSv1.2 "
            "with cipher "
            "ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits))\n\t(Client certificate not present)",
            "helo=mail.example.net rdns=mail.example.net ip=203.0.113.5 by=mxfront1.mail.yandex.example "
            "with=ESMTPS "
            "id=AbC-Xy tls=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 date=2024-03-05T10:00:02Z mta=yandex"},
        FormatCase{"yandex_submission",
                   "from pc ([203.0.113.77]) by smtp1.mail.yandex.example (smtp/Yandex) with ESMTPSA id Q1; "
                   "Tue, 05 Mar 2024 "
                   "13:00:02 +0300 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))",
                   "helo=pc ip=203.0.113.77 by=smtp1.mail.yandex.example with=ESMTPSA id=Q1 tls=TLSv1.3 "
                   "cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=yandex"},
        FormatCase{"zoho",
                   "from mail.example.net (out.example.net [203.0.113.5]) by mx.zohomail.com with SMTPS id "
                   "1709632802000123.4; Tue, 5 Mar 2024 02:00:02 -0800 (PST)",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.zohomail.com with=SMTPS "
                   "id=1709632802000123.4 date=2024-03-05T10:00:02Z mta=zoho"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Others, ReceivedFormats,
    testing::Values(
        FormatCase{"jes",
                   "from mail.example.net (out.example.net [203.0.113.5])\n by mta1.example.org (Sun Java "
                   "System Messaging "
                   "Server 6.2-3.04 (built Jul 15\n 2005)) with ESMTP id <0IQ100AB@mta1.example.org> for "
                   "ada@example.org; "
                   "Tue,\n 05 Mar 2024 10:00:02 +0000 (GMT)",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mta1.example.org with=ESMTP "
                   "id=0IQ100AB@mta1.example.org for=ada@example.org date=2024-03-05T10:00:02Z mta=jes"},
        FormatCase{
            "jes_inside",
            "from conversion-daemon.mta1.example.org by mta1.example.org (iPlanet Messaging Server 5.2 "
            "HotFix 1.21 "
            "(built Sep  8 2003)) id <0IQ100CD@mta1.example.org>; Tue, 05 Mar 2024 10:00:02 +0000 (GMT)",
            "helo=conversion-daemon.mta1.example.org by=mta1.example.org id=0IQ100CD@mta1.example.org "
            "date=2024-03-05T10:00:02Z mta=jes"},
        FormatCase{"ironport",
                   "from out.example.net (HELO mail.example.net) ([203.0.113.5]) by ip1.corp.example with "
                   "ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=ip1.corp.example "
                   "with=ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384 cipher=ECDHE-RSA-AES256-GCM-SHA384 "
                   "date=2024-03-05T10:00:02Z mta=ironport"},
        FormatCase{"ironport_plain",
                   "from unknown (HELO pc) ([203.0.113.5]) by ip1.corp.example with ESMTP; 05 Mar 2024 "
                   "10:00:02 +0000",
                   "helo=pc ip=203.0.113.5 by=ip1.corp.example with=ESMTP date=2024-03-05T10:00:02Z no-name"},
        FormatCase{"courier",
                   "from pc (dsl.isp.example [::ffff:203.0.113.77])\n  (AUTH: LOGIN ada@example.org, TLS: "
                   "TLSv1.2,256bits,ECDHE-RSA-AES256-GCM-SHA384)\n  by mail.example.org with ESMTPSA; Tue, "
                   "05 Mar 2024 "
                   "10:00:02 +0000\n  id 000000000004C0A1.0000000065E6F012.00001F3C",
                   "helo=pc rdns=dsl.isp.example ip=203.0.113.77 by=mail.example.org with=ESMTPSA "
                   "id=000000000004C0A1.0000000065E6F012.00001F3C user=ada@example.org tls=TLSv1.2 "
                   "cipher=ECDHE-RSA-AES256-GCM-SHA384 date=2024-03-05T10:00:02Z"},
        FormatCase{
            "courier_address_alone",
            "from mail.example.net ([::ffff:203.0.113.5])\n  by mail.example.org with ESMTPS; Tue, 05 Mar "
            "2024 10:00:02 +0000\n  id 000000000004C0A1.0000000065E6F012.00001F3C",
            "helo=mail.example.net ip=203.0.113.5 by=mail.example.org with=ESMTPS "
            "id=000000000004C0A1.0000000065E6F012.00001F3C date=2024-03-05T10:00:02Z no-name"},
        FormatCase{
            "mapped_address_of_no_courier",
            "from mail.example.net ([::ffff:203.0.113.5]) by mail.example.org with ESMTPS id 7; Tue, 05 "
            "Mar 2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 by=mail.example.org with=ESMTPS id=7 "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{
            "courier_without_name",
            "from mail.example.net (softdnserr [::ffff:203.0.113.5]) (TLS: TLSv1/SSLv3,128bits,AES128-SHA) "
            "by "
            "mail.example.org with esmtp; Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 by=mail.example.org with=esmtp tls=TLSv1 cipher=AES128-SHA "
            "date=2024-03-05T10:00:02Z no-name"},
        FormatCase{
            "dovecot",
            "from mx.example.org ([192.0.2.25])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
            "(256/256 bits))\n"
            "\tby store.example.org with LMTPS\n\tid 4GbMLxLw5mUeLQAAeD1sZw:P1\n\t(envelope-from "
            "<bob@example.net>)\n"
            "\tfor <ada@example.org>; Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=mx.example.org ip=192.0.2.25 by=store.example.org with=LMTPS id=4GbMLxLw5mUeLQAAeD1sZw:P1 "
            "for=ada@example.org from=bob@example.net tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{"dovecot_socket",
                   "from mx.example.org by mx.example.org with LMTP id aB1 (envelope-from <>) for "
                   "<ada@example.org>; Tue, 05 "
                   "Mar 2024 10:00:02 +0000",
                   "helo=mx.example.org by=mx.example.org with=LMTP id=aB1 for=ada@example.org from='' "
                   "date=2024-03-05T10:00:02Z"},
        FormatCase{
            "mdaemon",
            "from pc ([203.0.113.77]) by example.org (192.0.2.25) (MDaemon PRO v22.0.3) with ESMTPSA id "
            "md5001012345.msg; Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=pc ip=203.0.113.77 by=example.org with=ESMTPSA id=md5001012345.msg "
            "date=2024-03-05T10:00:02Z "
            "mta=mdaemon at=192.0.2.25"},
        FormatCase{
            "mdaemon_ipv6",
            "from [IPv6:2001:db8::77] by example.org (IPv6:2001:db8::25) (MDaemon PRO v22.0.3) with ESMTPSA "
            "id m1.msg; "
            "Tue, 05 Mar 2024 10:00:02 +0000",
            "ip=2001:db8::77 by=example.org with=ESMTPSA id=m1.msg date=2024-03-05T10:00:02Z mta=mdaemon "
            "at=2001:db8::25"},
        FormatCase{"mdaemon_old",
                   "from mail.example.net [203.0.113.5] by mx.example.org [192.0.2.25] with SMTP "
                   "(MDaemon.PRO.v6.0.7.R) for "
                   "<ada@example.org>; Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=SMTP for=ada@example.org "
                   "date=2024-03-05T10:00:02Z mta=mdaemon at=192.0.2.25"},
        FormatCase{
            "domino",
            "from mail.example.net ([203.0.113.5])\n          by ns1.corp.example (Lotus Domino Release "
            "8.5.3FP6) with "
            "ESMTP\n          id 2024030510000212-345678 ;\n          Tue, 5 Mar 2024 10:00:02 +0100",
            "helo=mail.example.net ip=203.0.113.5 by=ns1.corp.example with=ESMTP id=2024030510000212-345678 "
            "date=2024-03-05T09:00:02Z mta=domino"},
        FormatCase{"domino_hcl",
                   "from pc ([203.0.113.77]) by ns1.corp.example (HCL Domino Release 12.0.2) with ESMTP id "
                   "2024030510000299-1 "
                   "; Tue, 5 Mar 2024 10:00:02 +0100",
                   "helo=pc ip=203.0.113.77 by=ns1.corp.example with=ESMTP id=2024030510000299-1 "
                   "date=2024-03-05T09:00:02Z mta=domino"},
        FormatCase{
            "ibm_cloud_notes",
            "from localhost by smtp.notes.na.example with smtp.notes.na.example ESMTP for <ada@example.org> "
            "from "
            "<bob@example.net>; Tue, 5 Mar 2024 10:00:02 -0000",
            "helo=localhost by=smtp.notes.na.example with='smtp.notes.na.example ESMTP' for=ada@example.org "
            "from=bob@example.net date=2024-03-05T10:00:02Z"},
        FormatCase{"ibm_cloud_notes_null_sender",
                   "from mail.example.net by b01.notes.example with b01.notes.example ESMTP for "
                   "<ada@example.org> from <>; "
                   "Tue, 5 Mar 2024 10:00:02 -0000",
                   "helo=mail.example.net by=b01.notes.example with='b01.notes.example ESMTP' "
                   "for=ada@example.org from='' "
                   "date=2024-03-05T10:00:02Z"},
        FormatCase{"zimbra",
                   "from mta.example.org (LHLO mta.example.org) (192.0.2.30) by store.example.org with LMTP; "
                   "Tue, 5 Mar 2024 "
                   "02:00:02 -0800 (PST)",
                   "helo=mta.example.org rdns=mta.example.org ip=192.0.2.30 by=store.example.org with=LMTP "
                   "date=2024-03-05T10:00:02Z mta=zimbra"},
        FormatCase{"zimbra_loopback",
                   "from localhost (LHLO localhost) (127.0.0.1) by store.example.org with LMTP; Tue, 2 Jul "
                   "2024 03:00:02 -0700 "
                   "(PDT)",
                   "helo=localhost rdns=localhost ip=127.0.0.1 by=store.example.org with=LMTP "
                   "date=2024-07-02T10:00:02Z "
                   "mta=zimbra"},
        FormatCase{"communigate",
                   "from [203.0.113.77] (account ada@example.org HELO pc)\n  by cgp.example.org (CommuniGate "
                   "Pro SMTP 6.2.14) "
                   "with ESMTPSA id 12345678 for bob@example.net; Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=pc ip=203.0.113.77 by=cgp.example.org with=ESMTPSA id=12345678 for=bob@example.net "
                   "user=ada@example.org date=2024-03-05T10:00:02Z mta=communigate"},
        FormatCase{"communigate_without_name",
                   "from [203.0.113.5] (HELO mail.example.net) by cgp.example.org (CommuniGate Pro SMTP 6.1) "
                   "with ESMTP id 99; Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net ip=203.0.113.5 by=cgp.example.org with=ESMTP id=99 "
                   "date=2024-03-05T10:00:02Z mta=communigate no-name"},
        FormatCase{"communigate_verified",
                   "from mail.example.net ([203.0.113.5] verified) by cgp.example.org (CommuniGate Pro SMTP "
                   "4.0.6) with ESMTP "
                   "id 99; Tue, 05 Mar 2024 10:00:02 +0000",
                   "rdns=mail.example.net ip=203.0.113.5 by=cgp.example.org with=ESMTP id=99 "
                   "date=2024-03-05T10:00:02Z "
                   "mta=communigate"},
        FormatCase{"communigate_verified_account",
                   "from dsl.isp.example (account ada [203.0.113.77] verified) by cgp.example.org "
                   "(CommuniGate Pro SMTP 6.1) "
                   "with ESMTPA id 7; Tue, 05 Mar 2024 10:00:02 +0000",
                   "rdns=dsl.isp.example ip=203.0.113.77 by=cgp.example.org with=ESMTPA id=7 user=ada "
                   "date=2024-03-05T10:00:02Z mta=communigate"},
        FormatCase{"communigate_web",
                   "from [203.0.113.77] (account ada@example.org) by cgp.example.org (CommuniGate Pro HTTP "
                   "6.2) with HTTP id "
                   "8; Tue, 05 Mar 2024 10:00:02 +0000",
                   "ip=203.0.113.77 by=cgp.example.org with=HTTP id=8 user=ada@example.org "
                   "date=2024-03-05T10:00:02Z "
                   "mta=communigate"},
        FormatCase{"fetchmail",
                   "from pop.isp.example [203.0.113.110]\n\tby localhost with POP3 (fetchmail-6.4.37)\n\tfor "
                   "<ada@localhost> "
                   "(single-drop); Tue, 05 Mar 2024 10:00:02 +0100 (CET)",
                   "helo=pop.isp.example ip=203.0.113.110 by=localhost with=POP3 for=ada@localhost "
                   "date=2024-03-05T09:00:02Z mta=fetchmail"},
        FormatCase{
            "getmail",
            "from pop.isp.example (203.0.113.110) by pc.example with POP3-SSL; 05 Mar 2024 09:00:02 -0000",
            "helo=pop.isp.example ip=203.0.113.110 by=pc.example with=POP3-SSL date=2024-03-05T09:00:02Z "
            "mta=getmail"},
        FormatCase{"amavis",
                   "from mx.example.org ([127.0.0.1])\n\tby localhost (mx.example.org [127.0.0.1]) (amavis, "
                   "port 10024)\n"
                   "\twith ESMTP id Ab_Cd-1 for <ada@example.org>; Tue,  5 Mar 2024 10:00:02 +0000 (UTC)",
                   "helo=mx.example.org ip=127.0.0.1 by=localhost with=ESMTP id=Ab_Cd-1 for=ada@example.org "
                   "date=2024-03-05T10:00:02Z mta=amavis at=127.0.0.1"},
        FormatCase{"amavis_old",
                   "from mail.example.net ([203.0.113.5]) by localhost (scan.example.org [192.0.2.6]) "
                   "(amavisd-new, port "
                   "10024) with LMTP id 12345-06; Tue, 5 Mar 2024 10:00:02 +0100 (CET)",
                   "helo=mail.example.net ip=203.0.113.5 by=localhost with=LMTP id=12345-06 "
                   "date=2024-03-05T09:00:02Z "
                   "mta=amavis at=192.0.2.6"},
        FormatCase{
            "opensmtpd",
            "from pc.home (dsl.isp.example [203.0.113.77])\n\tby mail.example.org (OpenSMTPD) with ESMTPSA "
            "id 0a1b2c3d "
            "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) auth=yes user=ada\n\tfor <bob@example.net>;\n\tTue, 5 "
            "Mar 2024 "
            "10:00:02 +0000 (UTC)",
            "helo=pc.home rdns=dsl.isp.example ip=203.0.113.77 by=mail.example.org with=ESMTPSA id=0a1b2c3d "
            "for=bob@example.net user=ada tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
            "date=2024-03-05T10:00:02Z "
            "mta=opensmtpd"},
        FormatCase{"opensmtpd_local",
                   "from localhost (mail.example.org [local]) by mail.example.org (OpenSMTPD) with ESMTPA id "
                   "1b2c for "
                   "<bob@example.net>; Tue, 5 Mar 2024 10:00:02 +0000 (UTC)",
                   "helo=localhost by=mail.example.org with=ESMTPA id=1b2c for=bob@example.net "
                   "date=2024-03-05T10:00:02Z "
                   "mta=opensmtpd"},
        FormatCase{"haraka",
                   "from mail.example.net (out.example.net [203.0.113.5])\n\tby mx.example.org "
                   "(Haraka/3.0.2) with ESMTPS id "
                   "0F1E2D3C-4B5A.1\n\tenvelope-from <bob@example.net>\n\t(version=TLSv1.3 "
                   "cipher=TLS_AES_256_GCM_SHA384 "
                   "verify=NO);\n\tTue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=ESMTPS "
                   "id=0F1E2D3C-4B5A.1 from=bob@example.net tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
                   "date=2024-03-05T10:00:02Z mta=haraka"},
        FormatCase{
            "haraka_authenticated",
            "from pc (NXDOMAIN.example [203.0.113.77]) by mx.example.org (Haraka/2.8.28) with ESMTPSA id A.1 "
            "envelope-from <ada@example.org> tls TLS_AES_128_GCM_SHA256 (authenticated bits=0); Tue, 05 Mar "
            "2024 "
            "10:00:02 +0000",
            "helo=pc rdns=NXDOMAIN.example ip=203.0.113.77 by=mx.example.org with=ESMTPSA id=A.1 "
            "from=ada@example.org cipher=TLS_AES_128_GCM_SHA256 date=2024-03-05T10:00:02Z mta=haraka"},
        FormatCase{
            "momentum",
            "from [10.9.8.7] ([10.9.8.7:41230] helo=app1.example.net) by momentum1.example.net "
            "(envelope-from "
            "<b@bounce.example.net>) (ecelerity 4.2.1.55028 r(Core:4.2.1.12)) with ESMTP id "
            "AB/CD-12345-210F6E56; "
            "Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=app1.example.net ip=10.9.8.7 port=41230 by=momentum1.example.net with=ESMTP "
            "id=AB/CD-12345-210F6E56 from=b@bounce.example.net date=2024-03-05T10:00:02Z mta=momentum"},
        FormatCase{"momentum_with_name",
                   "from out.example.net ([203.0.113.5:2525] helo=mail.example.net) by m2.example.net "
                   "(envelope-from <>) "
                   "(ecelerity 3.6.8 r(55012)) with ESMTP id 11/22-X; Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 port=2525 by=m2.example.net "
                   "with=ESMTP "
                   "id=11/22-X from='' date=2024-03-05T10:00:02Z mta=momentum"},
        FormatCase{
            "powermta",
            "from app.example.net (10.0.0.7) by mta9.example.net (PowerMTA(TM) v5.0r8) id hk1o2g0j1k8f for "
            "<ada@example.org>; Tue, 5 Mar 2024 10:00:02 +0000 (envelope-from <b@bounce.example.net>)",
            "helo=app.example.net ip=10.0.0.7 by=mta9.example.net id=hk1o2g0j1k8f for=ada@example.org "
            "from=b@bounce.example.net date=2024-03-05T10:00:02Z mta=powermta"},
        FormatCase{"powermta_by_itself",
                   "by mta9.example.net id hk1o for <ada@example.org>; Tue, 5 Mar 2024 10:00:02 +0000 "
                   "(envelope-from "
                   "<b@bounce.example.net>)",
                   "by=mta9.example.net id=hk1o for=ada@example.org from=b@bounce.example.net "
                   "date=2024-03-05T10:00:02Z"},
        FormatCase{"kumomta",
                   "from app.example.net (203.0.113.5:50112)\n  by mx.example.org (KumoMTA "
                   "192.0.2.25:2525)\n  with ESMTP id "
                   "d7ef132b for <ada@example.org>;\n  Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=app.example.net ip=203.0.113.5 port=50112 by=mx.example.org with=ESMTP id=d7ef132b "
                   "for=ada@example.org date=2024-03-05T10:00:02Z mta=kumomta at=192.0.2.25"},
        FormatCase{"xmail",
                   "from mail.example.net (203.0.113.5:3312)\n\tby mx.example.org (192.0.2.25:25) with "
                   "[XMail 1.22 ESMTP "
                   "Server]\n\tid <S1A2B> for <ada@example.org> from <bob@example.net>;\n\tTue, 5 Mar 2024 "
                   "10:00:02 +0100",
                   "helo=mail.example.net ip=203.0.113.5 port=3312 by=mx.example.org with='[XMail 1.22 ESMTP "
                   "Server]' "
                   "id=S1A2B for=ada@example.org from=bob@example.net date=2024-03-05T09:00:02Z mta=xmail "
                   "at=192.0.2.25"},
        FormatCase{"zmailer",
                   "from out.example.net ([203.0.113.5]:46014 \"EHLO "
                   "mail.example.net\"\n\trhost-flags-OK-OK-OK-OK) by "
                   "vger.example.org with ESMTP\n\tid S1234567AbCd "
                   "(ORCPT\n\t<rfc822;list@vger.example.org>); Tue, 5 Mar 2024 "
                   "05:00:02 -0500",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 port=46014 by=vger.example.org "
                   "with=ESMTP "
                   "id=S1234567AbCd date=2024-03-05T10:00:02Z mta=zmailer"},
        FormatCase{
            "zmailer_without_name",
            "from [203.0.113.5] ([203.0.113.5]:1025 \"EHLO pc\" rhost-flags-FAIL-FAIL-OK-FAIL) by "
            "vger.example.org with "
            "ESMTP id S1 (ORCPT <rfc822;a@b.example>); Tue, 5 Mar 2024 05:00:02 -0500",
            "helo=pc ip=203.0.113.5 port=1025 by=vger.example.org with=ESMTP id=S1 date=2024-03-05T10:00:02Z "
            "mta=zmailer"},
        FormatCase{
            "halon",
            "from mail.example.net (out.example.net [203.0.113.5]) by halon1.example.org (Halon) with ESMTPS "
            "(TLS1.3:TLS_AES_256_GCM_SHA384) id 0a-1b; Tue, 05 Mar 2024 10:00:02 +0000 (UTC)",
            "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=halon1.example.org with=ESMTPS "
            "id=0a-1b "
            "tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=halon"},
        FormatCase{"stalwart",
                   "from mail.example.net (out.example.net [203.0.113.5])\n\t(using TLSv1_3 with cipher "
                   "TLS13_AES_256_GCM_SHA384)\n\tby mx.example.org (Stalwart SMTP) with ESMTPS\n\tid "
                   "28B1C0FFEE; Tue, 5 Mar 2024 "
                   "10:00:02 +0000",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org with=ESMTPS "
                   "id=28B1C0FFEE "
                   "tls=TLSv1.3 cipher=TLS13_AES_256_GCM_SHA384 date=2024-03-05T10:00:02Z mta=stalwart"},
        FormatCase{"hmailserver",
                   "from pc (Unknown [203.0.113.77])\n\tby mail.example.org with ESMTPSA\n\t(version=TLSv1.2 "
                   "cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256)\n\t; Tue, 5 Mar 2024 10:00:02 +0100",
                   "helo=pc ip=203.0.113.77 by=mail.example.org with=ESMTPSA tls=TLSv1.2 "
                   "cipher=ECDHE-RSA-AES256-GCM-SHA384 date=2024-03-05T09:00:02Z no-name"},
        FormatCase{"icewarp",
                   "from pc (dsl.isp.example [203.0.113.77]) by mail.example.org (IceWarp 13.0.3.4 DEB10 "
                   "x64) with ASMTP (SSL) "
                   "id 202403051000020001; Tue, 05 Mar 2024 10:00:02 +0000",
                   "helo=pc rdns=dsl.isp.example ip=203.0.113.77 by=mail.example.org with=ASMTP "
                   "id=202403051000020001 "
                   "date=2024-03-05T10:00:02Z mta=icewarp"},
        FormatCase{
            "surgemail",
            "from mail.example.net (unverified [203.0.113.5]) by mx.example.org (SurgeMail 7.4k) with ESMTP "
            "id 4711-1 "
            "for <ada@example.org>; Tue, 05 Mar 2024 10:00:02 +0000",
            "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=ESMTP id=4711-1 for=ada@example.org "
            "date=2024-03-05T10:00:02Z mta=surgemail no-name"},
        FormatCase{
            "mailenable",
            "from pc ([203.0.113.77]) by mail.example.org with MailEnable ESMTPA; Tue, 5 Mar 2024 10:00:02 "
            "+0100",
            "helo=pc ip=203.0.113.77 by=mail.example.org with='MailEnable ESMTPA' date=2024-03-05T09:00:02Z "
            "mta=mailenable"},
        FormatCase{"kerio",
                   "from [192.168.1.4] ([203.0.113.77])\n\t(authenticated user ada@example.org)\n\tby "
                   "mail.example.org (Kerio "
                   "Connect 9.2.7) with ESMTPSA\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 "
                   "bits));\n\tTue, 5 Mar "
                   "2024 10:00:02 +0100",
                   "helo=[192.168.1.4] ip=203.0.113.77 by=mail.example.org with=ESMTPSA user=ada@example.org "
                   "tls=TLSv1.3 "
                   "cipher=TLS_AES_256_GCM_SHA384 date=2024-03-05T09:00:02Z mta=kerio"},
        FormatCase{"squirrelmail",
                   "from 203.0.113.77 (SquirrelMail authenticated user ada) by webmail.example.org with "
                   "HTTP; Tue, 5 Mar 2024 "
                   "10:00:02 +0100 (CET)",
                   "ip=203.0.113.77 by=webmail.example.org with=HTTP user=ada date=2024-03-05T09:00:02Z "
                   "mta=squirrelmail"},
        FormatCase{
            "squirrelmail_behind_a_proxy",
            "from 203.0.113.77 (proxying for 10.1.1.1) (SquirrelMail authenticated user ada@example.org) by "
            "webmail.example.org with HTTP; Tue, 5 Mar 2024 10:00:02 +0100 (CET)",
            "ip=203.0.113.77 by=webmail.example.org with=HTTP user=ada@example.org date=2024-03-05T09:00:02Z "
            "mta=squirrelmail"},
        FormatCase{
            "roundcube",
            "from dsl.isp.example [203.0.113.77] by webmail.example.org with HTTP (HTTP/1.1 POST); Tue, 05 "
            "Mar 2024 "
            "10:00:02 +0100",
            "rdns=dsl.isp.example ip=203.0.113.77 by=webmail.example.org with=HTTP date=2024-03-05T09:00:02Z "
            "mta=roundcube"},
        FormatCase{"horde",
                   "from dsl.isp.example (dsl.isp.example [203.0.113.77]) by webmail.example.org (Horde "
                   "Framework) with HTTPS; "
                   "Tue, 05 Mar 2024 10:00:02 +0100",
                   "rdns=dsl.isp.example ip=203.0.113.77 by=webmail.example.org with=HTTPS "
                   "date=2024-03-05T09:00:02Z "
                   "mta=horde"},
        FormatCase{"imp",
                   "from 203.0.113.77 ( [203.0.113.77]) as user ada@localhost by webmail.example.org with "
                   "HTTP; Tue, 5 Mar 2024 "
                   "10:00:02 +0100",
                   "helo=203.0.113.77 ip=203.0.113.77 by=webmail.example.org with=HTTP user=ada@localhost "
                   "date=2024-03-05T09:00:02Z"},
        FormatCase{"cyrus",
                   "from localhost ([unix socket]) by store.example.org (Cyrus v2.3.7) with LMTPA; Tue, 05 "
                   "Mar 2024 10:00:02 "
                   "+0100",
                   "helo=localhost by=store.example.org with=LMTPA date=2024-03-05T09:00:02Z mta=cyrus"},
        FormatCase{"cyrus_old",
                   "from localhost (localhost [[UNIX: localhost]]) by store.example.org (8.12.10/8.12.10) id "
                   "i2; Tue, 5 Mar 2024 "
                   "10:00:02 +0100",
                   "helo=localhost by=store.example.org id=i2 date=2024-03-05T09:00:02Z mta=sendmail"},
        FormatCase{
            "groupwise",
            "from CORP-MTA by gw.corp.example with Novell_GroupWise; Tue, 05 Mar 2024 10:00:02 +0100",
            "helo=CORP-MTA by=gw.corp.example with=Novell_GroupWise date=2024-03-05T09:00:02Z mta=groupwise"},
        FormatCase{"mercury",
                   "from mail.example.net (203.0.113.5) by mx.example.org (Mercury/32 v4.80.149) with ESMTP "
                   "ID MG000ABC; 5 Mar 2024 "
                   "10:00:02 +0100",
                   "helo=mail.example.net ip=203.0.113.5 by=mx.example.org with=ESMTP id=MG000ABC "
                   "date=2024-03-05T09:00:02Z mta=mercury"},
        FormatCase{"pmdf",
                   "from mail.example.net (out.example.net [203.0.113.5]) by vms.example.org (PMDF V6.2-X17 "
                   "#30494) with ESMTP "
                   "id <01L1ABC@vms.example.org> for ada@example.org; Tue, 05 Mar 2024 10:00:02 +0100 (MET)",
                   "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=vms.example.org with=ESMTP "
                   "id=01L1ABC@vms.example.org for=ada@example.org date=2024-03-05T09:00:02Z mta=pmdf"},
        FormatCase{"pmdf_local",
                   "from vms.example.org by vms.example.org (PMDF V5.2-32 #40321) id "
                   "<01L1DEF@vms.example.org>; Tue, 05 Mar 2024 "
                   "10:00:02 +0100",
                   "helo=vms.example.org by=vms.example.org id=01L1DEF@vms.example.org "
                   "date=2024-03-05T09:00:02Z mta=pmdf"},
        FormatCase{
            "smap",
            "from out.example.net(203.0.113.5) by gate.example.org via smap (V2.1)\n\tid xma012345; Tue, 5 "
            "Mar 24 10:00:02 "
            "+0100",
            "helo=out.example.net ip=203.0.113.5 by=gate.example.org id=xma012345 date=2024-03-05T09:00:02Z "
            "mta=smap via=smap"},
        FormatCase{"smap_without_from",
                   "out.example.net(203.0.113.5) by gate.example.org via smap (3.2) id xma0; Tue, 5 Mar 99 "
                   "10:00:02 +0100",
                   "helo=out.example.net ip=203.0.113.5 by=gate.example.org id=xma0 "
                   "date=1999-03-05T09:00:02Z mta=smap "
                   "via=smap"},
        FormatCase{
            "simta",
            "FROM mail.example.net (out.example.net [203.0.113.5])\n\tBY mx.example.org ID 65E6F012.1A2B3.9 "
            ";\n\tTue,  5 Mar "
            "2024 05:00:02 -0500",
            "helo=mail.example.net rdns=out.example.net ip=203.0.113.5 by=mx.example.org id=65E6F012.1A2B3.9 "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{
            "simta_loopback",
            "FROM localhost (localhost [127.0.0.1]) BY mx.example.org ID 1.2.3 ; 5 Mar 2024 05:00:02 -0500",
            "helo=localhost rdns=localhost ip=127.0.0.1 by=mx.example.org id=1.2.3 "
            "date=2024-03-05T10:00:02Z"},
        FormatCase{"uucp", "from oldbox by relay.example.org with UUCP; Tue, 5 Mar 2024 10:00:02 +0100",
                   "helo=oldbox by=relay.example.org with=UUCP date=2024-03-05T09:00:02Z"},
        FormatCase{"smail", "by oldbox.example (Smail3.1.28.1 #1) id m0abc; Tue, 5 Mar 96 10:00 GMT",
                   "by=oldbox.example id=m0abc date=1996-03-05T10:00:00Z mta=smail"},
        FormatCase{
            "smail_second_from",
            "from mx6.example.net from [203.0.113.103] by mail.example.net (/\\##/\\ Smail3.1.30.16 "
            "#30.56) with esmtp for <ada@example.net> sender: <bob@example.com> id <mP/17o@mail>; Tue, 5 "
            "Mar 2024 10:00:02 +0000",
            "helo=mx6.example.net ip=203.0.113.103 by=mail.example.net with=esmtp id=mP/17o@mail "
            "for=ada@example.net date=2024-03-05T10:00:02Z"},
        FormatCase{"dma",
                   "from ada (uid 1001)\n\t(envelope-from ada@host.example)\n\tid 1a2b3\n\tby host.example "
                   "(DragonFly Mail Agent v0.13 "
                   "on host.example);\n\tTue, 05 Mar 2024 10:00:02 +0100",
                   "by=host.example id=1a2b3 from=ada@host.example date=2024-03-05T09:00:02Z mta=dma"},
        FormatCase{"nullmailer", "(nullmailer pid 4711 invoked by uid 1000); Tue, 05 Mar 2024 09:00:02 -0000",
                   "date=2024-03-05T09:00:02Z mta=nullmailer"},
        FormatCase{"ssmtp", "by host.example (sSMTP sendmail emulation); Tue, 05 Mar 2024 10:00:02 +0100",
                   "by=host.example date=2024-03-05T09:00:02Z mta=ssmtp"}),
    name_of);

}  // namespace
}  // namespace mailspoor::index
