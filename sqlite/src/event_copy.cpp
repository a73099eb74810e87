#include <foldline/sqlite/event_copy.hpp>

#include <foldline/sqlite/kept_schemas.hpp>

#include <cstdint>
#include <set>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::size_t page_size = 1'000;

class copying {
public:
    copying(const database& file, const event_store& from, event_import& to, const event_transform& transform)
        : file_(file), from_(from), to_(to), transform_(transform) {}

    void operator()(const event_view& event) {
        ++events_;
        const bool is_new = event.position != position_;
        if (is_new) parts_ = 0;
        position_ = event.position;
        copies_.clear();
        transform_(event, from_.type_of(event.type), copies_);
        for (copied_event& copy : copies_) add(event, std::move(copy));
    }
    [[nodiscard]] std::int64_t events() const { return events_; }

private:
    void add(const event_view& event, copied_event copy) {
        add_schemas(copy.data);
        copy.data.occurred_at = copy.data.occurred_at.value_or(event.occurred_at);
        if (!copy.data.id) copy.data.id = parts_ == 0 ? event.id : event_id{event.id.value.child(parts_)};
        imported_event made{std::move(copy.stream), event.version, event.position, event.recorded_at,
                            std::move(copy.data)};
        // A second event at this position breaks the write up, as one that is missing does.
        if (parts_++ == 0)
            if (const auto written = from_.find_append(event.id)) made.write_size = written->count;
        to_.add(std::move(made));
    }

    void add_schemas(const event_data& data) {
        if (const auto id = from_.type_id(data.type); seen_.insert(id).second)
            for (const kept_schema& kept : kept_schemas(file_, data.type)) to_.add(kept.schema, kept.first_position);
        if (data.schema && added_.insert(data.schema).second) to_.add(*data.schema);
    }

    const database& file_;
    const event_store& from_;
    event_import& to_;
    const event_transform& transform_;
    std::vector<copied_event> copies_;
    std::set<event_type_id> seen_;
    std::set<const event_schema*> added_;
    global_position position_;
    std::uint64_t parts_ = 0;
    std::int64_t events_ = 0;
};

}  // namespace

copied_event copy_of(const event_view& event, event_type type) {
    event_data data;
    data.type = type;
    data.payload = event.payload;
    data.metadata = event.metadata;
    data.occurred_at = event.occurred_at;
    data.id = event.id;
    return {stream_id{event.stream}, std::move(data)};
}

std::int64_t copy_events(const database& file, const event_store& from, const read_query& query, event_import& to,
                         const event_transform& transform, const progress_report& report) {
    copying copies{file, from, to, transform};
    const auto all = static_cast<std::uint64_t>(from.head().value);
    read_query rest = query;
    for (page page; !page.at_end; rest = rest.from(page)) {
        page = from.read(rest, batch_limit{page_size}, copies);
        if (report) report({static_cast<std::uint64_t>(page.last_position.value), all});
    }
    return copies.events();
}

}  // namespace foldline::inline v0::sqlite
