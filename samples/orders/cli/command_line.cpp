// The one file that includes CLI11, which takes a compiler five seconds.
#include "cli/command_line.hpp"

#include "cli/fail.hpp"
#include "domain/credit_note.hpp"
#include "domain/order.hpp"
#include "reports/report.hpp"

#include <foldline/cli/printable.hpp>
#include <foldline/cli/projection_verbs.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/stream_id.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace shop {
namespace {

namespace cli = foldline::cli;

constexpr std::string_view usual_store = "orders.db";

// -------------------------------------------------------------------------------------------------- values of options

[[noreturn]] void refuse(const std::string& value, std::string_view what) {
    throw CLI::ValidationError(fmt::format("\"{}\" is {}", cli::shortened(value), what));
}

foldline::timestamp time_from(const std::string& text) {
    if (const auto time = foldline::parse_timestamp(text)) return *time;
    refuse(text, "no time such as 2010-12-01 or 2010-12-01T08:26:00");
}

std::int64_t number_from(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1)
        refuse(std::string(text), "no whole number from 1");
    return number;
}

money amount_from(const std::string& text) {
    if (const auto amount = money::parse(text)) return *amount;
    refuse(text, "no amount such as 2.55, with up to 4 decimals");
}

/// `STOCK:QUANTITY:PRICE[:DESCRIPTION]`, where only the description may hold colons.
line line_from(const std::string& text) {
    constexpr std::string_view form = "no line: write STOCK:QUANTITY:PRICE[:DESCRIPTION], as in 22423:2:12.75";
    const auto first = text.find(':');
    const auto second = first == std::string::npos ? first : text.find(':', first + 1);
    if (first == 0 || second == std::string::npos) refuse(text, form);
    const auto third = std::min(text.find(':', second + 1), text.size());

    line read;
    read.stock_code = text.substr(0, first);
    const auto quantity = text.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(quantity.data(), quantity.data() + quantity.size(), read.quantity);
    const auto price = money::parse(text.substr(second + 1, third - second - 1));
    if (error != std::errc{} || end != quantity.data() + quantity.size() || !price) refuse(text, form);
    read.unit_price = *price;
    if (third < text.size()) read.description = text.substr(third + 1);
    return read;
}

// ------------------------------------------------------------------------------------------------------------- options

/// Adds an option whose text becomes a value by `read`, which throws `CLI::ValidationError`.
template <class Value, class Read>
CLI::Option* add_read(CLI::App& verb, const std::string& name, Value& into, const std::string& about, Read read) {
    return verb.add_option_function<std::string>(
        name, [&into, read](const std::string& text) { into = Value{read(text)}; }, about);
}

void add_store(CLI::App& verb, std::filesystem::path& store) {
    store = usual_store;
    verb.add_option("--store", store, "The file that holds the orders")->type_name("FILE")->capture_default_str();
}

CLI::Option* add_json(CLI::App& verb, output& output) {
    return verb.add_flag_callback(
        "--json", [&output] { output = output::json; }, "Print JSON, with money as exact decimals");
}

/// What is wrong with the number of an order or a credit note; empty if nothing is.
std::string problem_of_number(const std::string& number) {
    try {
        static_cast<void>(foldline::stream_id{std::string(order::category), number});
        return {};
    } catch (const foldline::invalid_name& problem) {
        return problem.what();
    }
}

std::string problem_of_order_number(const std::string& number) {
    return is_credit_note_number(number)
               ? "numbers that begin with C are those of credit notes, which are only imported"
               : problem_of_number(number);
}

void add_order_number(CLI::App& verb, std::string& order) {
    verb.add_option("ORDER", order, "The order's number")->required()->type_name("")->check(problem_of_order_number);
}

void add_any_number(CLI::App& verb, std::string& number) {
    verb.add_option("NUMBER", number, "The order's number, or the credit note's: C536379")
        ->required()
        ->type_name("")
        ->check(problem_of_number);
}

void add_time(CLI::App& verb, std::optional<foldline::timestamp>& at) {
    add_read(verb, "--at", at, "When it happened, if that was not now", time_from)->type_name("TIME");
}

void add_order_request(CLI::App& verb, order_request& request) {
    add_order_number(verb, request.order);
    add_store(verb, request.store);
    add_time(verb, request.at);
    add_read(verb, "--expect-version", request.expected, "Refuse (exit code 4) unless the order is at this version",
             number_from)
        ->type_name("N");
}

// --------------------------------------------------------------------------------------------------------------- verbs

/// A verb of the program: once it is parsed, `asked` has its request.
template <class Request>
class verb {
public:
    verb(CLI::App& program, std::optional<any_request>& asked, const std::string& name, const std::string& about,
         const std::string& more)
        : command(*program.add_subcommand(name, about)) {
        command.footer(more);
        command.callback([this, &asked] { asked = request; });
    }
    verb(const verb&) = delete;
    verb& operator=(const verb&) = delete;

    CLI::App& command;
    Request request;
};

struct import_verb : verb<import_request> {
    import_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(
              program, asked, "import", "Store the invoices of CSV files as orders and credit notes",
              R"(The files have the columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID and
Country, in any order. Each invoice is stored whole or not at all, and only once: importing again stores what is
new. Rows that cannot be read go to FILE.rejected.csv with the reason, the rest goes on. Ctrl-C stops between two
invoices.

Examples:
  orders import december.csv
  orders import --store shop.db 2010-12-*.csv)") {
        command.add_option("CSV", request.files, "Files in the format of the Online Retail data")
            ->required()
            ->type_name("...")
            ->allow_extra_args();
        add_store(command, request.store);
    }
};

struct place_verb : verb<place_request> {
    place_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "place", "Place an order",
               R"(Example:
  orders place 900001 --customer 17850 --country France \
      --line 22423:2:12.75:"Regency cake stand" --line 85123A:6:2.55)") {
        command.add_option("ORDER", request.order, "The order's number; left out, it is given one")
            ->type_name("")
            ->check(problem_of_order_number);
        command.add_option("--country", request.country, "Where it goes")->required()->type_name("NAME");
        command.add_option("--customer", request.customer, "Who ordered; left out, nobody knows")->type_name("NUMBER");
        command
            .add_option_function<std::vector<std::string>>(
                "--line",
                [this](const std::vector<std::string>& lines) {
                    for (const std::string& text : lines) request.lines.push_back(line_from(text));
                },
                "STOCK:QUANTITY:PRICE[:DESCRIPTION]; once for each line")
            ->required()
            ->allow_extra_args(false)
            ->type_name("LINE");
        add_store(command, request.store);
        add_time(command, request.at);
    }
};

struct pay_verb : verb<pay_request> {
    pay_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "pay", "Record that an order is paid",
               R"(Examples:
  orders pay 900001
  orders pay 900001 --amount 40.80 --at 2010-12-05)") {
        add_order_request(command, request);
        add_read(command, "--amount", request.amount, "What was paid; refused if the order costs something else",
                 amount_from)
            ->type_name("POUNDS");
    }
};

struct ship_verb : verb<ship_request> {
    ship_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "ship", "Record that an order has left the house",
               R"(Only a paid order is shipped.

Example:
  orders ship 900001 --expect-version 5)") {
        add_order_request(command, request);
    }
};

struct cancel_verb : verb<cancel_request> {
    cancel_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "cancel", "Cancel an order that was not shipped yet",
               R"(Example:
  orders cancel 900001 --reason "ordered twice")") {
        add_order_request(command, request);
        command.add_option("--reason", request.reason, "Why")->type_name("TEXT");
    }
};

struct show_verb : verb<show_request> {
    show_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "show", "Show an order or a credit note, now or as it was",
               R"(Examples:
  orders show 536365
  orders show C536379 --json
  orders show 536365 --at-version 1              after its first event
  orders show 536365 --as-of-occurred 2010-12-05 as it really was at that time
  orders show 536365 --as-of-recorded 2024-01-01 as this store knew it at that time)") {
        add_any_number(command, request.number);
        add_store(command, request.store);
        add_json(command, request.output);
        add_time_travel();
    }

private:
    void add_time_travel() {
        add_when<foldline::at_version>("--at-version", "N", "After its Nth event", number_from);
        add_when<foldline::at_position>("--at-position", "P", "When the whole store stood at this position",
                                        number_from);
        add_when<foldline::as_of_recorded>("--as-of-recorded", "TIME", "As this store knew it at that time", time_from);
        add_when<foldline::as_of_occurred>("--as-of-occurred", "TIME", "As it really was at that time", time_from);
    }

    template <class When, class Read>
    void add_when(const char* name, const char* type, const char* about, Read read) {
        const auto take = [this, read](const std::string& text) {
            if (!std::holds_alternative<foldline::latest>(request.when))
                throw CLI::ValidationError(
                    "only one of --at-version, --at-position, --as-of-recorded and --as-of-occurred");
            request.when = When{read(text)};
        };
        command.add_option_function<std::string>(name, take, about)->type_name(type)->group("As it was (one of)");
    }
};

struct history_verb : verb<history_request> {
    history_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "history", "Show all that ever happened to an order or a credit note",
               R"(Examples:
  orders history 536365
  orders history C536379 --json)") {
        add_any_number(command, request.number);
        add_store(command, request.store);
        add_json(command, request.output);
    }
};

std::set<std::string> report_names() {
    std::set<std::string> names;
    for (const report* each : all_reports()) names.emplace(each->name);
    return names;
}

std::string list_of_reports() {
    std::string list;
    for (const report* each : all_reports()) list += fmt::format("  {:<10} {}\n", each->name, each->about);
    return list;
}

/// Refuses a value that no row of the report can have.
void require_findable(const report_request& request) {
    const report& wanted = *find_report(request.report);
    if (!request.only) return;
    if (wanted.found_by.empty())
        throw CLI::ValidationError(fmt::format("--only: the rows of {} are found by nothing", wanted.name));
    const auto values = wanted.values;
    if (values.empty() || std::find(values.begin(), values.end(), *request.only) != values.end()) return;
    throw CLI::ValidationError(fmt::format("--only: \"{}\" is no {}; it is one of {}", cli::shortened(*request.only),
                                           wanted.found_by, fmt::join(values, ", ")));
}

struct report_verb : verb<report_request> {
    report_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "report", "Print a report over everything that is stored", list_of_reports() + R"(
Revenue is quantity times price over all lines; those of returns are negative, cancelled orders are left out. The
rows are kept in FILE.read-models. Where "orders follow" keeps them up to date, a report waits for it, 10 seconds at
most; else it brings them up to date itself.

Examples:
  orders report sales
  orders report orders --only paid
  orders report customers --only France --json > france.json)") {
        command.add_option("REPORT", request.report, "Which report")
            ->required()
            ->type_name("")
            ->check(CLI::IsMember(report_names()));
        add_read(command, "--only", request.only, "Only rows of this country (customers) or status (orders)",
                 [](const std::string& text) { return text; })
            ->type_name("VALUE");
        command.add_flag_callback(
            "--no-wait", [this] { request.rows = rows_wanted::as_they_are; },
            "Print the rows as they are, and say how far they are behind");
        add_store(command, request.store);
        add_json(command, request.output);
        command.callback([this, &asked] {
            require_findable(request);
            asked = request;
        });
    }
};

struct top_verb : verb<top_request> {
    top_verb(CLI::App& program, std::optional<any_request>& asked)
        : verb(program, asked, "top", "Show what sells best",
               R"(The board is in memory: each run folds every event, and keeps no file.

Examples:
  orders top
  orders top --most 3 --json
  orders top --follow          and it changes as orders come in, until Ctrl-C)") {
        command
            .add_option_function<std::string>(
                "--most",
                [this](const std::string& text) { request.most = static_cast<std::size_t>(number_from(text)); },
                "How many products [10]")
            ->type_name("N");
        CLI::Option* follow = command.add_flag("--follow", request.follow, "Go on as more is sold");
        add_store(command, request.store);
        add_json(command, request.output)->excludes(follow);
    }
};

// ------------------------------------------------------------------------------------------------------------- answers

/// The help of the verb that was asked for; of the program where there was none.
std::string help_of(const CLI::App& program) {
    const auto verbs = program.get_subcommands();
    return verbs.empty() ? program.help() : verbs.front()->help(program.get_name());
}

int wrong_usage(const CLI::App& program, const CLI::ParseError& error) {
    fail(exit_code::wrong_usage, cli::shortened(error.what()));
    fmt::print(stderr, "\n{}", help_of(program));
    return exit_code::wrong_usage;
}

}  // namespace

std::variant<any_request, int> read_command_line(int argc, const char* const* argv) {
    CLI::App program{"Keeps the orders of a shop as events, in one file."};
    program.name("orders");
    program.require_subcommand(1);
    program.get_formatter()->label("SUBCOMMAND", "VERB");
    program.get_formatter()->label("Subcommands", "Verbs");
    program.footer(
        R"(Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no such file or order, 4 the order has changed since,
            5 no store, or of a newer version, 6 damaged, 7 another process writes alone, 130 interrupted.

Try:
  orders import december.csv    then    orders report sales
  orders follow                 in one terminal, and orders top --follow in another
  orders VERB --help            explains a verb, with examples)");

    std::optional<any_request> asked;
    const import_verb import_{program, asked};
    const place_verb place{program, asked};
    const pay_verb pay{program, asked};
    const ship_verb ship{program, asked};
    const cancel_verb cancel{program, asked};
    const show_verb show{program, asked};
    const history_verb history{program, asked};
    const report_verb report_{program, asked};
    const top_verb top{program, asked};
    cli::add_projection_verbs(
        program, [&asked](cli::projection_request request) { asked = std::move(request); }, usual_store);

    try {
        program.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", help_of(program));
        return exit_code::ok;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(program, error);
    }
    return *std::move(asked);
}

}  // namespace shop
