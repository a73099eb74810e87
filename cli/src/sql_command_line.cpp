#include "program_verbs.hpp"
#include "sql_request.hpp"

namespace foldline::inline v0::cli {
namespace {

const choices<row_format> row_formats{
    {"text", row_format::text}, {"json", row_format::json}, {"ndjson", row_format::ndjson}, {"csv", row_format::csv}};

void require_one_question(const sql_request& request) {
    const int questions =
        (request.statement.empty() ? 0 : 1) + (request.tables ? 1 : 0) + (request.described.empty() ? 0 : 1);
    if (questions != 1) throw CLI::ValidationError("give one of a statement, --tables and --describe TABLE");
}

}  // namespace

void add_sql_verb(program_verbs& all) {
    auto [command, request] = add_verb<sql_request>(
        all, all.program, "sql", "Ask the events by SQL",
        R"(Each name of events is a table, order-placed of order_placed: position, stream, category, id, version,
schema_version, event_id, recorded_at, occurred_at, correlation_id, causation_id, actor, metadata, and the fields of its
message. Those of a message inside it have dotted names, "line.price_e4", which SQL wants in quotes; lists are JSON, and
tables of their own: order_placed__lines. The table events has all of them. Times are texts of one width, such as
2010-12-01T08:26:00.000000Z. The file is only read.

Examples:
  PROGRAM sql shop.db --tables
  PROGRAM sql shop.db --describe order_placed
  PROGRAM sql shop.db "select country, count(*) from order_placed group by country order by 2 desc"
  PROGRAM sql shop.db "select type, count(*) from events where recorded_at > '2026' group by type" --format csv)",
        require_one_question);
    add_store(command, request.store);
    command.add_option("STATEMENT", request.statement, "A select")->type_name("");
    command.add_flag("--tables", request.tables, "List the tables");
    command.add_option("--describe", request.described, "List the columns of a table")->type_name("TABLE");
    add_choice(command, "--format", request.shape, "How it is written: for people, or for programs", row_formats);
    add_unveiling(command, request.display);
    add_reading(command, all.self, request.display);
}

}  // namespace foldline::inline v0::cli
