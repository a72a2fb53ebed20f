module streamgauge.dev/clients/go

go 1.24
