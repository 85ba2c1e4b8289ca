//go:build tools

// What is built from this module: go.mod and go.sum pin it.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
