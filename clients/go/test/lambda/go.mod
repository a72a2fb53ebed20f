module streamgauge.dev/clients/go/test/lambda

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	streamgauge.dev/clients/go v0.0.0
)

replace streamgauge.dev/clients/go => ../..
