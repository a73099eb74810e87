#pragma once

#include <foldline/projections/projection.hpp>
#include <foldline/projections/sql_session.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::detail {

/// A field that documents are found by, and its column.
struct document_field {
    std::string path;
    std::vector<const google::protobuf::FieldDescriptor*> steps;  ///< the last one is no message
    std::string column;
};

/// Throws `definition_error` unless `path` leads to a single value that SQL can compare.
[[nodiscard]] document_field document_field_of(const google::protobuf::Descriptor& type, std::string_view path);

/// A name as it stands in a statement: a projection may be called `order`.
[[nodiscard]] std::string sql_name_of(std::string_view name);

/// Throws `corrupt_data` that names table and key unless `bytes` are a document.
void parse_document(std::string_view table, std::string_view key, std::string_view bytes,
                    google::protobuf::Message& into);

/// The table of a document projection.
///
///     create table "customers" (
///         key text primary key,
///         document blob constraint "shop.CustomerSummary, fields 5d1e…" not null,
///         ix_country text
///     ) strict, without rowid;
///     create index "customers_ix_country" on "customers" (ix_country)
///
/// confined, as the session it is given.
class document_table {
public:
    document_table(std::string name, const google::protobuf::Descriptor& type);

    void add_index(std::string_view path);
    [[nodiscard]] const read_model_table& definition() const { return definition_; }

    /// False if there is none, and `bytes` are empty then. `in_transaction`: also if this transaction may have changed it.
    bool load(sql_session& rows, bool in_transaction, std::string_view key, std::string& bytes,
              google::protobuf::Message& into) const;
    void store(sql_session& rows, std::string_view key, std::string_view bytes,
               const google::protobuf::Message& document);
    void remove(sql_session& rows, std::string_view key) const;

private:
    void write_statements();

    const google::protobuf::Descriptor& type_;
    std::vector<document_field> fields_;
    read_model_table definition_;
    std::string select_;
    std::string upsert_;
    std::string delete_;
    std::vector<sql_value> values_;     // of the row that is stored
    std::vector<std::string> scratch_;  // of its texts, by field
};

}  // namespace foldline::inline v0::detail
