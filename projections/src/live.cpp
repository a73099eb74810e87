#include <foldline/projections/live.hpp>

#include <foldline/core/error.hpp>
#include <foldline/projections/dispatch.hpp>

#include <vector>

namespace foldline::inline v0::detail {
namespace {

constexpr batch_limit page_size{1000};
constexpr int no_code_of_the_backend = 0;

/// Documents have no other rows to ask for.
class no_rows final : public sql_session {
public:
    std::int64_t run(std::string_view sql, std::span<const sql_value>) override { refuse(sql); }
    void query(std::string_view sql, std::span<const sql_value>, function_ref<void(const sql_row&)>) override {
        refuse(sql);
    }

private:
    [[noreturn]] static void refuse(std::string_view sql) {
        throw sql_error(no_code_of_the_backend, sql, "a document that is folded live has no rows");
    }
};

/// One document of a projection, as a projection of its own.
class one_document final : public projection {
public:
    one_document(const document_projection_base& all, document_state& target) : all_(all), target_(target) {}

    [[nodiscard]] std::string_view name() const override { return all_.name(); }
    [[nodiscard]] std::uint32_t version() const override { return all_.version(); }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return {}; }
    [[nodiscard]] std::span<const projected_event> events() const override { return all_.events(); }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session&) override {
        all_.fold_into(target_, wanted, message, event);
    }

private:
    const document_projection_base& all_;
    document_state& target_;
};

/// Of every version, so that one that no handler takes is told, not passed over.
std::vector<wanted_type> types_of(const projection& projection) {
    std::vector<wanted_type> types;
    for (const projected_event& event : projection.events())
        types.push_back(wanted_type::every_version_of(std::string(event.type.name)));
    return types;
}

read_query query_for(const document_projection_base& projection, std::string_view key) {
    if (projection.is_by_stream()) return read_query::stream(stream_id::parse(key));
    if (projection.events().empty()) return read_query::all();
    return read_query::all().of_types(types_of(projection));
}

}  // namespace

void fold_live_document(const event_store& store, const document_projection_base& projection, document_state& target,
                        std::optional<global_position> up_to) {
    one_document part{projection, target};
    projection_dispatch dispatch{store, part};
    no_rows rows;
    bool done = false;
    // A stream is bounded by versions, so the position is looked at event by event.
    const auto apply = [&](const event_view& event) {
        done = done || (up_to && event.position > *up_to);
        if (done) return flow::stop;
        dispatch.apply(event, rows);
        return flow::go_on;
    };
    read_query query = query_for(projection, target.key);
    while (!done) {
        const page page = store.read(query, page_size, apply);
        if (page.at_end) return;
        query = query.from(page);
    }
}

}  // namespace foldline::inline v0::detail
