#include "domain/credit_note.hpp"
#include "domain/events.hpp"
#include "domain/money.hpp"
#include "domain/order.hpp"
#include "domain/time.hpp"
#include "import/csv_reader.hpp"
#include "import/input_error.hpp"
#include "import/invoice_row.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v1/state.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <foldline_tests/pence/v1/order_placed.pb.h>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/testing/decider_spec.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using foldline::to_event;
using foldline::testing::given;
using shop::credit_note;
using shop::line;
using shop::money;
using shop::order;
namespace v1 = shop::v1;
namespace v3 = shop::v3;

constexpr foldline::timestamp monday = std::chrono::sys_days{2010y / 12 / 6};
constexpr foldline::timestamp tuesday = monday + 24h;

money pounds(std::string_view text) { return *money::parse(text); }

const line cake_stand{"22423", "CAKE STAND", 2, pounds("12.75")};
const line lantern{"71053", "LANTERN", 6, pounds("3.39")};
constexpr std::int64_t total_e4 = 458'400;

// ------------------------------------------------------------------------------------------------------------ the story

v1::OrderOpened opened() {
    v1::OrderOpened event;
    event.set_customer("17850");
    event.set_country("France");
    event.set_opened_at_us(shop::to_us(monday));
    return event;
}
v1::LineAdded added(const line& line) {
    v1::LineAdded event;
    *event.mutable_line() = to_message(line);
    return event;
}
v3::OrderPlaced placed() {
    v3::OrderPlaced event;
    event.set_customer("17850");
    event.set_country("France");
    event.set_placed_at_us(shop::to_us(monday));
    event.set_lines(2);
    event.set_units(8);
    event.set_total_e4(total_e4);
    event.set_currency("GBP");
    return event;
}
v1::OrderPaid paid() {
    v1::OrderPaid event;
    event.set_amount_e4(total_e4);
    event.set_paid_at_us(shop::to_us(tuesday));
    return event;
}
v1::OrderShipped shipped() {
    v1::OrderShipped event;
    event.set_shipped_at_us(shop::to_us(tuesday));
    return event;
}
v1::OrderCancelled cancelled() {
    v1::OrderCancelled event;
    event.set_reason("ordered twice");
    event.set_cancelled_at_us(shop::to_us(tuesday));
    event.set_customer("17850");
    event.set_country("France");
    event.set_placed_at_us(shop::to_us(monday));
    *event.add_lines() = to_message(cake_stand);
    *event.add_lines() = to_message(lantern);
    event.set_units(8);
    event.set_total_e4(total_e4);
    return event;
}

shop::place_order place() { return {"17850", "France", {cake_stand, lantern}, monday}; }
shop::import_order import_it() { return {"17850", "France", {cake_stand, lantern}, monday}; }

auto given_placed() { return given<order>(opened(), added(cake_stand), added(lantern), placed()); }
auto given_paid() { return given_placed().given(paid()); }
auto given_shipped() { return given_paid().given(shipped()); }
auto given_cancelled() { return given_placed().given(cancelled()); }

const shop::pay_order pay{{}, tuesday};
const shop::ship_order ship{tuesday};
const shop::cancel_order cancel{"ordered twice", tuesday};

}  // namespace

// --------------------------------------------------------------------------------------------------------------- place

TEST_CASE("orders: placing opens an order, adds its lines and ends with the totals") {
    given<order>().when(place()).then(opened(), added(cake_stand), added(lantern), placed());
}

TEST_CASE("orders: an order is placed once") {
    given_placed().when(place()).then_rejected(order::refusal::exists_already);
}

TEST_CASE("orders: placing needs a country, lines, positive quantities and prices that are not negative") {
    auto command = place();
    command.country.clear();
    given<order>().when(command).then_rejected(order::refusal::no_country);
    command = place();
    command.lines.clear();
    given<order>().when(command).then_rejected(order::refusal::no_lines);
    command = place();
    command.lines[1].quantity = 0;
    given<order>().when(command).then_rejected(order::refusal::quantity_not_positive);
    command = place();
    command.lines[1].unit_price = pounds("-0.01");
    given<order>().when(command).then_rejected(order::refusal::price_negative);
}

TEST_CASE("orders: a total beyond a thousand million pounds is refused, also where it does not fit 64 bits") {
    auto command = place();
    command.lines = {{"A", "", 1, pounds("600000000")}, {"A", "", 1, pounds("600000000")}};
    given<order>().when(command).then_rejected(order::refusal::amount_too_large);
    command.lines = {{"A", "", std::numeric_limits<std::int32_t>::max(), pounds("900000000000000")}};
    given<order>().when(command).then_rejected(order::refusal::amount_too_large);
    command.lines = {{"A", "", 1, pounds("1000000000")}};
    given<order>().when(command).then_state([](const order::state& state) { return state.lines_size() == 1; });
}

// -------------------------------------------------------------------------------------------------------------- import

TEST_CASE("orders: an imported order has the events of a placed one") {
    given<order>().when(import_it()).then(opened(), added(cake_stand), added(lantern), placed());
}

TEST_CASE("orders: what is imported happened, however odd it looks") {
    auto command = import_it();
    command.customer.clear();
    command.lines = {{"85175", "damaged", -10, money{}}, {"B", "Adjust bad debt", 1, pounds("-11062.06")}};
    given<order>().when(command).then_state([](const order::state& state) {
        return state.units() == -9 && state.total_e4() == -110'620'600 && state.customer().empty();
    });
}

TEST_CASE("orders: an import is refused for an order that exists, without lines, and beyond the largest amount") {
    given_placed().when(import_it()).then_rejected(order::refusal::exists_already);
    auto command = import_it();
    command.lines.clear();
    given<order>().when(command).then_rejected(order::refusal::no_lines);
    command.lines = {{"A", "", -2, pounds("600000000")}};
    given<order>().when(command).then_rejected(order::refusal::amount_too_large);
}

TEST_CASE("orders: an order is the result of the import that made it, and of no other") {
    const auto state_matches = [](const shop::import_order& command) {
        return [command](const order::state& state) { return is_result_of(state, command); };
    };
    given<order>().when(import_it()).then_state(state_matches(import_it()));
    auto other = import_it();
    other.lines.pop_back();
    given<order>().when(import_it()).then_state([&](const order::state& state) { return !is_result_of(state, other); });
    other = import_it();
    other.lines[0].unit_price = pounds("12.7501");
    given<order>().when(import_it()).then_state([&](const order::state& state) { return !is_result_of(state, other); });
}

// --------------------------------------------------------------------------------------------------- pay, ship, cancel

TEST_CASE("orders: an order is paid with what it costs") {
    given_placed().when(pay).then(paid());
    given_placed().when(shop::pay_order{pounds("45.84"), tuesday}).then(paid());
    given_placed().when(shop::pay_order{pounds("45.83"), tuesday}).then_rejected(order::refusal::amount_differs);
}

TEST_CASE("orders: a paid order is paid already, a cancelled or unknown one is not paid at all") {
    given_paid().when(pay).then_nothing();
    given_shipped().when(pay).then_nothing();
    given_cancelled().when(pay).then_rejected(order::refusal::cancelled);
    given<order>().when(pay).then_rejected(order::refusal::unknown_order);
    given<order>(opened()).when(pay).then_rejected(order::refusal::unknown_order);
}

TEST_CASE("orders: only a paid order is shipped, and only once") {
    given_paid().when(ship).then(shipped());
    given_shipped().when(ship).then_nothing();
    given_placed().when(ship).then_rejected(order::refusal::unpaid);
    given_cancelled().when(ship).then_rejected(order::refusal::cancelled);
    given<order>().when(ship).then_rejected(order::refusal::unknown_order);
}

TEST_CASE("orders: an order is cancelled until it is shipped, and the event repeats what falls away") {
    given_placed().when(cancel).then(cancelled());
    given_paid().when(cancel).then(cancelled());
    given_cancelled().when(cancel).then_nothing();
    given_shipped().when(cancel).then_rejected(order::refusal::shipped_already);
    given<order>().when(cancel).then_rejected(order::refusal::unknown_order);
}

// -------------------------------------------------------------------------------------------------------- credit notes

TEST_CASE("credit notes: one is imported whole, and once") {
    const shop::import_credit_note command{"17850", "France", {{"22423", "CAKE STAND", -2, pounds("12.75")}}, monday};
    v1::CreditNoteOpened note;
    note.set_customer("17850");
    note.set_country("France");
    note.set_opened_at_us(shop::to_us(monday));
    v1::CreditLineAdded credited;
    *credited.mutable_line() = to_message(command.lines[0]);
    v1::CreditNoteIssued issued;
    issued.set_customer("17850");
    issued.set_country("France");
    issued.set_issued_at_us(shop::to_us(monday));
    issued.set_lines(1);
    issued.set_units(-2);
    issued.set_total_e4(-255'000);

    given<credit_note>().when(command).then(note, credited, issued).then_state([&](const credit_note::state& state) {
        return is_result_of(state, command);
    });
    given<credit_note>(note, credited, issued).when(command).then_rejected(credit_note::refusal::exists_already);
}

TEST_CASE("credit notes: one without lines, or beyond the largest amount, is refused") {
    shop::import_credit_note command{"", "France", {}, monday};
    given<credit_note>().when(command).then_rejected(credit_note::refusal::no_lines);
    command.lines = {{"A", "", -2, pounds("600000000")}};
    given<credit_note>().when(command).then_rejected(credit_note::refusal::amount_too_large);
}

// ---------------------------------------------------------------------------------------------------------- old events

TEST_CASE("old events: an order that was placed in pence is read in ten-thousandths of a pound, and in a currency") {
    foldline::testing::manual_clock clock;
    foldline::testing::sequential_ids ids;
    foldline::memory_event_store stored{clock, ids};
    foldline_tests::pence::v1::OrderPlaced old;
    old.set_customer("17850");
    old.set_country("France");
    old.set_placed_at_us(shop::to_us(monday));
    old.set_lines(2);
    old.set_units(8);
    old.set_total_pence(4584);
    const auto request = foldline::append_request::to(
        {"order", "1"}, foldline::expected_version::no_stream(),
        {to_event(opened()), to_event(added(cake_stand)), to_event(added(lantern)), foldline::testing::old_event(old)});
    REQUIRE(std::holds_alternative<foldline::appended>(stored.append(request)));

    foldline::upcasting_event_store events{stored, shop::old_events()};
    foldline::repository<order> orders{events};
    CHECK(orders.load("1").state.total_e4() == total_e4);
    CHECK(orders.load("1").state.customer() == "17850");
    CHECK(orders.load("1").state.currency() == "GBP");
    CHECK(std::get<foldline::accepted>(orders.handle("1", shop::pay_order{pounds("45.84"), tuesday})).version ==
          foldline::stream_version{5});
}

// --------------------------------------------------------------------------------------------------------------- money

TEST_CASE("money: what is read is printed exactly, with at least two decimals") {
    const std::vector<std::pair<std::string, std::string>> written{
        {"2.55", "2.55"},   {"2.5", "2.50"},      {"2", "2.00"},
        {"0.001", "0.001"}, {"0.0001", "0.0001"}, {"-11062.06", "-11062.06"},
        {"-0.5", "-0.50"},  {"+1.5", "1.50"},     {"0", "0.00"},
        {"-0", "0.00"},     {"2.550", "2.55"},    {"922337203685477.5807", "922337203685477.5807"},
    };
    for (const auto& [text, printed] : written) CHECK_MESSAGE(pounds(text).to_string() == printed, text);
}

TEST_CASE("money: what is no amount, or does not fit, is refused") {
    for (const char* text : {"", "-", ".", ".5", "5.", "1e3", "1,000.00", "2.55 ", " 2.55", "0.00001", "--1", "-+1",
                             "1.2.3", "0x10", "NaN", "922337203685477.5808", "99999999999999999999"})
        CHECK_MESSAGE(!money::parse(text), text);
}

TEST_CASE("money: sums and products that do not fit are empty") {
    const money most = money::from_e4(std::numeric_limits<std::int64_t>::max());
    const money least = money::from_e4(std::numeric_limits<std::int64_t>::min());
    CHECK(pounds("2.55").times(-3) == pounds("-7.65"));
    CHECK(pounds("0.1").plus(pounds("0.2")) == pounds("0.3"));
    CHECK(!most.plus(money::from_e4(1)));
    CHECK(!least.plus(money::from_e4(-1)));
    CHECK(!most.times(2));
    CHECK(!least.times(-1));
    CHECK(least.to_string() == "-922337203685477.5808");
}

// ----------------------------------------------------------------------------------------------------------------- CSV

namespace {

/// A file that goes when the test does.
class temporary_file {
public:
    explicit temporary_file(std::string_view content)
        : path_(std::filesystem::temp_directory_path() / fmt::format("foldline-orders-{}.csv", getpid())) {
        std::ofstream{path_, std::ios::binary} << content;
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::vector<shop::csv_record> records_of(std::string_view content) {
    const temporary_file file{content};
    shop::csv_reader reader{file.path()};
    std::vector<shop::csv_record> records;
    for (shop::csv_record record; reader.next(record);) records.push_back(record);
    return records;
}

using fields = std::vector<std::string>;

}  // namespace

TEST_CASE("csv: fields are split at commas, and quotes protect what is between them") {
    const auto records = records_of("a,b,\n\"a,\"\"b\"\"\",\"\",c\n");
    REQUIRE(records.size() == 2);
    CHECK(records[0].fields == fields{"a", "b", ""});
    CHECK(records[1].fields == fields{"a,\"b\"", "", "c"});
}

TEST_CASE("csv: a byte order mark, CRLF, empty lines and a last line without an end are no data") {
    const auto records = records_of(
        "\xEF\xBB\xBF"
        "a,b\r\n\r\n\nc,d");
    REQUIRE(records.size() == 2);
    CHECK(records[0].fields == fields{"a", "b"});
    CHECK(records[1].fields == fields{"c", "d"});
    CHECK(records[1].place.line == 4);
    CHECK(records_of("").empty());
}

TEST_CASE("csv: a quoted field may hold ends of lines, and the next record knows its line") {
    const auto records = records_of("a,\"b\r\nc\n\"\"d\"\"\"\ne,f\n");
    REQUIRE(records.size() == 2);
    CHECK(records[0].fields == fields{"a", "b\nc\n\"d\""});
    CHECK(records[1].place.line == 4);
}

TEST_CASE("csv: a broken record is its first line only") {
    const auto records = records_of("a,\"never closed\nb,c\nd,\"closed\" early\ne,f\n");
    REQUIRE(records.size() == 4);
    CHECK(!records[0].problem.empty());
    CHECK(records[0].text == "a,\"never closed");
    CHECK(records[1].fields == fields{"b", "c"});
    CHECK(!records[2].problem.empty());
    CHECK(records[3].fields == fields{"e", "f"});
    CHECK(records[3].place.line == 4);
}

TEST_CASE("csv: a line without an end costs itself, and little memory") {
    const auto records = records_of("a,b\n" + std::string(1'000'000, 'x') + "\nc,d\n");
    REQUIRE(records.size() == 3);
    CHECK(!records[1].problem.empty());
    CHECK(records[1].text.size() < 100'000);
    CHECK(records[2].fields == fields{"c", "d"});
}

TEST_CASE("csv: bytes that are not UTF-8 are Latin-1") {
    CHECK(records_of("caf\xE9,\xA3\n")[0].fields == fields{"caf\u00E9", "\u00A3"});
    CHECK(records_of("caf\u00E9\n")[0].fields == fields{"caf\u00E9"});
}

TEST_CASE("csv: reading goes on at any place that was met before") {
    const temporary_file file{"a\nb\nc\n"};
    shop::csv_reader reader{file.path()};
    std::vector<shop::csv_place> places;
    shop::csv_record record;
    while (reader.next(record)) places.push_back(record.place);
    reader.go_to(places[1]);
    REQUIRE(reader.next(record));
    CHECK(record.fields == fields{"b"});
    CHECK(record.place.line == 2);
}

TEST_CASE("csv: a file that is missing, a folder or a device is refused by name") {
    CHECK_THROWS_AS(shop::csv_reader{"/nowhere/at/all.csv"}, shop::input_not_found);
    CHECK_THROWS_AS(shop::csv_reader{std::filesystem::temp_directory_path()}, shop::input_error);
    CHECK_THROWS_AS(shop::csv_reader{"/dev/null"}, shop::input_error);
}

// ---------------------------------------------------------------------------------------------------------------- rows

namespace {

const fields header{"InvoiceNo",   "StockCode", "Description", "Quantity",
                    "InvoiceDate", "UnitPrice", "CustomerID",  "Country"};
const fields good_row{"536365", "85123A", " HEART ", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "France"};

std::variant<shop::invoice_row, shop::row_problem> read_row(const fields& row) {
    return shop::invoice_columns{header, "test.csv"}.read(row);
}
std::variant<shop::invoice_row, shop::row_problem> read_with(std::size_t column, const std::string& value) {
    fields row = good_row;
    row[column] = value;
    return read_row(row);
}

}  // namespace

TEST_CASE("rows: a row of the published file is read as it is") {
    const auto row = std::get<shop::invoice_row>(read_row(good_row));
    CHECK(row.invoice == "536365");
    CHECK(row.customer == "17850");
    CHECK(row.country == "France");
    CHECK(row.date == foldline::parse_timestamp("2010-12-01 08:26"));
    CHECK(row.line == line{"85123A", " HEART ", 6, pounds("2.55")});
}

TEST_CASE("rows: both forms of dates and of customers are taken") {
    CHECK(std::get<shop::invoice_row>(read_with(4, "12/1/2010 8:26")).date ==
          foldline::parse_timestamp("2010-12-01 08:26"));
    CHECK(std::get<shop::invoice_row>(read_with(6, "17850")).customer == "17850");
    CHECK(std::get<shop::invoice_row>(read_with(6, "")).customer.empty());
}

TEST_CASE("rows: what cannot be read is named") {
    const std::vector<std::tuple<std::size_t, std::string, std::string>> faults{
        {0, "", "InvoiceNo"},
        {0, "a\nb", "InvoiceNo"},
        {1, " ", "StockCode"},
        {3, "", "Quantity"},
        {3, "1.5", "Quantity"},
        {3, "6x", "Quantity"},
        {3, "3000000000", "Quantity"},
        {4, "", "InvoiceDate"},
        {4, "2010-02-30", "InvoiceDate"},
        {4, "13/1/2010 8:26", "InvoiceDate"},
        {4, "12/1/2010 8:60", "InvoiceDate"},
        {4, "12/-1/2010 8:26", "InvoiceDate"},
        {5, "", "UnitPrice"},
        {5, "0.00001", "UnitPrice"},
        {6, "17850.5", "CustomerID"},
        {6, "x", "CustomerID"},
        {7, "", "Country"},
    };
    for (const auto& [column, value, named] : faults) {
        const auto read = read_with(column, value);
        REQUIRE_MESSAGE(std::holds_alternative<shop::row_problem>(read), value);
        CHECK_MESSAGE(std::get<shop::row_problem>(read).reason.find(named) != std::string::npos, value);
    }
    CHECK(std::holds_alternative<shop::row_problem>(read_row({"536365"})));
}

TEST_CASE("rows: a file without one of the columns is refused") {
    fields incomplete = header;
    incomplete[3] = "Amount";
    CHECK_THROWS_AS((shop::invoice_columns{incomplete, "test.csv"}), shop::input_error);
}
