// The function with the runtime client of AWS.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"streamgauge.dev/clients/go/test/function"
)

func main() { lambda.Start(function.Handle) }
