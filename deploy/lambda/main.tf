# A function that counts its orders in Streamgauge.

variable "streamgauge_url" {
  type    = string
  default = "https://metrics.example.com"
}

variable "streamgauge_key" {
  type        = string
  sensitive   = true
  description = "API key with the scope ingest"
}

data "archive_file" "function" {
  type        = "zip"
  source_dir  = "${path.module}/function" # app.py and, copied from clients/python, streamgauge.py
  output_path = "${path.module}/function.zip"
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "checkout" {
  name               = "checkout"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.checkout.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "checkout" {
  function_name    = "checkout"
  role             = aws_iam_role.checkout.arn
  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256
  handler          = "app.handler"
  runtime          = "python3.13"
  timeout          = 3

  environment {
    variables = {
      STREAMGAUGE_URL     = var.streamgauge_url
      STREAMGAUGE_KEY     = var.streamgauge_key
      STREAMGAUGE_LABELS  = "function=checkout"
      STREAMGAUGE_TIMEOUT = "0.5"
    }
  }
}
