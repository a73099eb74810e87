#pragma once

#include "support/scratch_folder.hpp"

#include <foldline/projections/projection.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/transaction.hpp>

#include "../../sqlite/src/sql_session.hpp"

#include <google/protobuf/message.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace foldline_tests {

/// Drives a projection by hand, as a projector would, over a file of its own: the test says where a batch ends, is
/// flushed, is rolled back.
class hand_driven {
public:
    explicit hand_driven(foldline::projection& target) : target_(target) {
        file_.execute("pragma synchronous = off; pragma journal_mode = memory");
        for (const foldline::read_model_table& table : target.tables()) file_.execute(table.create);
    }

    void apply(const google::protobuf::Message& message, const foldline::event_view& event) {
        begin();
        target_.apply(place_of(message), message, event, rows_);
    }
    void flush() {
        begin();
        target_.flush(rows_);
    }
    void commit(foldline::global_position reached = {}) {
        flush();
        transaction_->commit();
        transaction_.reset();
        target_.committed(reached);
    }
    void roll_back() {
        transaction_.reset();
        target_.rolled_back();
    }

    /// Inside the transaction that is open, or one of its own.
    template <class Use>
    void with_rows(Use use) {
        const bool was_open = transaction_.has_value();
        begin();
        use(rows_);
        if (!was_open) transaction_.reset();
    }

    /// Every row of a query, its columns parted by `|`.
    [[nodiscard]] std::vector<std::string> rows_of(const std::string& query) {
        std::vector<std::string> found;
        with_rows([&](foldline::sql_session& rows) {
            rows.each_row(query, [&](const foldline::sql_row& row) {
                std::string line;
                for (int column = 0; column < row.columns(); ++column)
                    line += (column > 0 ? "|" : "") + std::string(row.text(column));
                found.push_back(line);
            });
        });
        return found;
    }
    /// Everything that the projection keeps.
    [[nodiscard]] std::vector<std::string> everything() {
        std::vector<std::string> all;
        for (const foldline::read_model_table& table : target_.tables()) {
            for (const std::string& row : rows_of("select * from \"" + table.name + "\""))
                all.push_back(table.name + ": " + row);
        }
        std::sort(all.begin(), all.end());
        return all;
    }

private:
    void begin() {
        if (!transaction_) transaction_.emplace(file_);
    }
    [[nodiscard]] std::size_t place_of(const google::protobuf::Message& message) const {
        std::size_t place = 0;
        for (const foldline::projected_event& wanted : target_.events()) {
            if (wanted.new_message()->GetDescriptor() == message.GetDescriptor()) return place;
            ++place;
        }
        throw std::logic_error("the projection does not want " + message.GetTypeName());
    }
    [[nodiscard]] std::filesystem::path made_file() const {
        std::ofstream{folder_ / "rows.db"};
        return folder_ / "rows.db";
    }

    foldline::projection& target_;
    scratch_folder folder_;
    foldline::sqlite::connection file_{made_file(), foldline::sqlite::connection::mode::read_write};
    foldline::sqlite::connection_session rows_{file_, foldline::sqlite::access::user};
    std::optional<foldline::sqlite::transaction> transaction_;
};

}  // namespace foldline_tests
