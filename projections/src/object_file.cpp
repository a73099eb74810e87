// What is kept: create table NAME_saved (one integer primary key, form integer, state blob) strict
//
//     one    1
//     form   how the object became bytes
//     state  the object
//
// Its position, store, version and definition are those of the projection NAME_saved, as for any other.
#include <foldline/projections/detail/object_file.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <array>

namespace foldline::inline v0::detail {

class object_file::description final : public projection {
public:
    description(const projection& of, std::uint64_t form)
        : name_(fmt::format("{}_saved", of.name())),
          version_(of.version()),
          events_(of.events().begin(), of.events().end()),
          form_(static_cast<std::int64_t>(form)) {
        require_projection_name(name_);
        tables_[0] = {name_, fmt::format("create table {} (one integer primary key check (one = 1), "
                                         "form integer not null, state blob not null) strict",
                                         name_)};
    }

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint32_t version() const override { return version_; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return events_; }
    void apply(std::size_t, const google::protobuf::Message&, const event_view&, sql_session&) override {}

    [[nodiscard]] std::int64_t form() const { return form_; }
    /// Whether a definition is one of this, whatever it handled and whichever version it was.
    [[nodiscard]] bool is_in(std::string_view definition) const {
        return definition.find(fmt::format("\ntable {} ", name_)) != std::string_view::npos;
    }

private:
    std::string name_;
    std::uint32_t version_;
    std::array<read_model_table, 1> tables_;
    std::vector<projected_event> events_;
    std::int64_t form_;
};

object_file::object_file(read_model_store& file, const projection& of, const store_identity& source, std::uint64_t form)
    : file_(file), described_(std::make_unique<description>(of, form)), source_(source) {}

object_file::~object_file() = default;

std::optional<projection_state> object_file::find() const {
    auto state = file_.find(described_->name());
    if (state && !described_->is_in(state->definition))
        throw definition_error(fmt::format("{} is a projection of its own in {}: save the object in another file",
                                           described_->name(), file_.place()));
    return state;
}

bool object_file::is_of_this(const projection_state& state) const {
    return state.version == described_->version() && state.source == source_ &&
           state.definition == definition_of(*described_);
}

std::optional<saved_object> object_file::load() const {
    const auto state = find();
    if (!state || !is_of_this(*state)) return {};
    std::optional<saved_object> found;
    file_.read([&](sql_session& rows) {
        const std::array<sql_value, 1> form{to_sql(described_->form())};
        rows.query(
            fmt::format("select state from {} where form = ?1", described_->name()), form, [&](const sql_row& row) {
                found = saved_object{std::string(row.blob(0)), state->position(), state->partitions.front().reached};
            });
    });
    return found;
}

partition_claim object_file::claim() {
    const auto state = find();
    if (!state || !is_of_this(*state)) file_.create(*described_, source_);
    auto claim = file_.leases().claim(described_->name(), {}, {});
    if (!claim)
        throw claim_lost(fmt::format("{} in {} is paused, or belongs to a worker", described_->name(), file_.place()));
    return *std::move(claim);
}

void object_file::save(const saved_object& object) {
    const partition_claim claimed = claim();
    const auto session = file_.begin({&claimed, 1});
    session->execute(fmt::format("insert or replace into {} values (1, ?1, ?2)", described_->name()),
                     described_->form(), sql_blob{object.state});
    session->commit(object.position, object.recorded_at);
}

void object_file::forget() {
    if (find()) file_.remove(described_->name());
}

}  // namespace foldline::inline v0::detail
