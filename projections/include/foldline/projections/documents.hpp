#pragma once

#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace foldline::inline v0 {

/// Which documents of a result to hand out: the first ones, or those after a key, which is the last one seen.
///
/// value, of a borrowed key.
struct document_page {
    std::size_t limit = std::numeric_limits<std::int64_t>::max();
    std::optional<std::string_view> after{};
};

namespace detail {

/// The part of `documents` that does not depend on their class, compiled once.
class document_reader {
public:
    document_reader(const read_model_store& models, std::string_view projection, const google::protobuf::Message& empty)
        : models_(&models), projection_(projection), empty_(empty) {}
    document_reader(sql_session& rows, std::string_view projection, const google::protobuf::Message& empty)
        : rows_(&rows), projection_(projection), empty_(empty) {}

    using sink = function_ref<void(std::string_view, const google::protobuf::Message&)>;

    [[nodiscard]] bool find(std::string_view key, google::protobuf::Message& found) const;
    /// Empty `field`: all of them.
    void each(std::string_view field, sql_value value, const document_page& page, sink use) const;
    [[nodiscard]] std::uint64_t count() const;

private:
    void read(function_ref<void(sql_session&)> use) const;

    const read_model_store* models_ = nullptr;  // one of the two
    sql_session* rows_ = nullptr;
    std::string projection_;
    const google::protobuf::Message& empty_;
};

template <class T>
[[nodiscard]] sql_value value_to_find(const T& value) {
    if constexpr (std::is_enum_v<T>) return static_cast<std::int64_t>(value);
    else return to_sql(value);
}

}  // namespace detail

/// Reads what a `document_projection` keeps, as the last batch has left it. Made for a session, as `read_model_store::read`
/// and a store with inline projections hand it out, all calls see the rows of one moment.
///
///     documents<CustomerSummary> customers{models, "customers"};
///     if (const auto found = customers.find("12345")) …
///     customers.find_by("country", "EIRE", [](std::string_view key, const CustomerSummary& customer) { … });
///
/// Threads: as what it reads from, which outlives it.
/// Fails:   storage_error; corrupt_data where what is stored is no document of this class.
template <class Doc>
class documents {
public:
    documents(const read_model_store& models, std::string_view projection)
        : reader_(models, projection, Doc::default_instance()) {}
    documents(const read_model_store& models, const document_projection<Doc>& projection)
        : documents(models, projection.name()) {}
    documents(sql_session& rows, std::string_view projection) : reader_(rows, projection, Doc::default_instance()) {}
    documents(sql_session& rows, const document_projection<Doc>& projection) : documents(rows, projection.name()) {}

    template <detail::single_key Key>
    [[nodiscard]] std::optional<Doc> find(const Key& key) const {
        std::optional<Doc> found{std::in_place};
        if (!detail::with_key_text(key, [&](std::string_view text) { return reader_.find(text, *found); }))
            found.reset();
        return found;
    }

    /// Hands each document, in the order of the keys, to `use`: (std::string_view key, const Doc&), both borrowed.
    template <class Use>
    void each(Use&& use, const document_page& page = {}) const {
        hand({}, nullptr, page, use);
    }

    /// Those whose indexed `field` has this value, `nullptr` being the one of an absent field, in the order of the keys.
    /// Throws `definition_error` for a field that no index can be on, and `sql_error` for one that has none.
    template <class Value, class Use>
    void find_by(std::string_view field, const Value& value, Use&& use, const document_page& page = {}) const {
        hand(field, detail::value_to_find(value), page, use);
    }

    [[nodiscard]] std::uint64_t count() const { return reader_.count(); }

private:
    template <class Use>
    void hand(std::string_view field, sql_value value, const document_page& page, Use& use) const {
        reader_.each(field, value, page, [&](std::string_view key, const google::protobuf::Message& found) {
            use(key, static_cast<const Doc&>(found));
        });
    }

    detail::document_reader reader_;
};

}  // namespace foldline::inline v0
