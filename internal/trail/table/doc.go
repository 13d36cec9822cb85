// Package table writes and reads the Parquet files of actions. It is the only door of parquet-go: what that library panics about becomes an error here.
//
// A file has one optional column a field, named exactly like it, in byte order of the names. Rows go in through a Writer, which also folds the
// leaf of each row into the root of the table. They come out of a File in three ways: as canonical rows, computed from the file alone and without
// the field table, which is what proves them; as actions; and as counts, taken from dictionary codes without building rows.
//
// The package knows nothing of the ledger. What an entry says of all rows of a file (tenant, receipt, run) is handed to the File as constants.
package table
